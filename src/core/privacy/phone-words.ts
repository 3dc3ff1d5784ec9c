/** Words beside a number that tell a telephone from an order. */

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

/** Right before a number, or a word or two before it: it is to be called. */
export const PHONE_WORDS = words(
  'tel telephone telefon telefono teléfono telefone téléphone telefoon telefonnummer rufnummer phone phones ph fon fone ' +
    'call calls calling dial ring mob mobile móvil movil cell cellphone cel celular handy portable gsm fax sms txt text ' +
    'texts whatsapp wa wsp viber telegram signal hotline helpline landline contact kontakt contacto reach anruf anrufen ' +
    'appelez appeler llama llame llamar ligue ligar chiama chiamare chiamami chiamate bel bellen ring dzwoń zadzwoń msisdn',
);

/** What may stand between such a word and its number. */
export const PHONE_LINKS = words(
  'no nr num number numbers nummer numéro numero número # is at on me us now to or and the my our his her a',
);

/** Right before a number: it names a thing. */
export const THING_WORDS = words(
  'order orders ordernumber bestellung bestellnummer commande pedido ordine ticket tickets case tracking track parcel ' +
    'shipment awb invoice inv rechnung rechnungsnummer factura facture receipt ref reference referenz booking pnr ' +
    'confirmation conf reservation id uid ids userid account acct acc konto iban serial sn imei isbn issn ean upc sku asin ' +
    'code pin otp po rma item article art model part version build firmware flight transaction txn utr customer member ' +
    'membership loyalty policy rgb unix timestamp epoch score scores',
);

/** Before or behind a number: it is an amount. */
export const AMOUNT_WORDS = words(
  'usd eur gbp inr rs jpy cny rmb chf sek nok dkk pln zł zl czk huf rub btc eth euro euros dollars dollar pounds quid ' +
    'rupees yen yuan kr views followers likes people users votes subscribers downloads streams retweets members km miles ' +
    'meters metres kg tons bytes rows points pts percent million billion range',
);
