/** Words beside a number that tell a telephone from an order. */

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

/** Right before a number, or a word or two before it: it is to be called. */
export const PHONE_WORDS = words(
  'tel telephone telefon telefono teléfono telefone téléphone telefoon telefonnummer rufnummer phone phones ph fon fone ' +
    'call calls calling dial ring mob mobile móvil movil cell cellphone cel celular handy portable gsm fax sms txt text ' +
    'texts whatsapp wa wsp viber telegram signal hotline helpline landline contact kontakt contacto reach anruf anrufen ' +
    'appelez appeler llama llame llamar ligue ligar chiama chiamare chiamami chiamate bel bellen ring dzwoń zadzwoń msisdn ' +
    'tlf tlfn tfn puh puhelin телефон тел моб звоните',
);

/** What may stand between such a word and its number. */
export const PHONE_LINKS = words(
  'n no nr nro num number numbers nummer numéro numero número # is ist es est è e at on me us now to or and the my our his her a',
);

/** Right before a number: it names a thing. */
export const THING_WORDS = words(
  'order orders ordernumber bestellung bestellnummer commande pedido ordine ticket tickets case tracking track parcel ' +
    'shipment awb invoice inv rechnung rechnungsnummer factura facture receipt ref reference referenz booking pnr ' +
    'confirmation conf reservation id uid ids userid account acct acc konto iban serial sn imei isbn issn ean upc sku asin ' +
    'code pin otp po rma item article art model part version build firmware flight transaction txn utr customer member ' +
    'membership loyalty policy passport licence license ssn ein nhs medicare aadhaar dni rut cpf cnpj abn routing cep zip ' +
    'postcode reading qq icq uin rgb unix timestamp epoch score scores ' +
    'dhl fedex ups usps bsb sin pesel bingo lotto lottery powerball',
);

/** The same in other languages, as `plainWord` writes them. */
export const THING_WORDS_PLAIN = words(
  'reference fattura fatura factuur faktura faktury auftrag bestelling bestallning zamowienie zamowienia encomenda ' +
    'contract contrat contrato contratto vertrag kontrakt umowa umowy avtal ' +
    'barcode barcodes strichcode streepjescode streckkod barres barras barre kreskowy gtin vin ' +
    'sendung paket colis suivi seguimiento rastreo spedizione rastreamento rastreio zending pakket przesylka przesylki ' +
    'paczka paczki kolli forsandelse waybill ' +
    'compte cuenta conta rekening konta poliza polizza apolice polisa polisy serie seryjny matricola ' +
    'referencia riferimento referentie referens referencyjny aktenzeichen dossier expediente arende sprawy zgloszenia ' +
    'vat tva ust nif cif nie siret siren bsn nip regon tin steuer fiscal fiscale contribuinte',
);

/** German, Dutch and Swedish write the thing and its number as one word, as `plainWord` writes it. */
export const THING_NUMBER = new RegExp(
  '^(?:kunden|kd|rechnungs|rg|bestell|auftrags|buchungs|reservierungs|vorgangs|fall|vertrags|konto|mitglieds|policen|' +
    'versicherungs|serien|steuer|ust|sozialversicherungs|rentenversicherungs|referenz|sendungs|paket|artikel|ticket|' +
    'klant|klanten|factuur|bestel|boekings|reserverings|contract|rekening|lidmaatschaps|lid|polis|serie|zendings|pakket|' +
    'burgerservice|dossier|zaak|referentie|trace|tracking|order|' +
    'kund|faktura|bestallnings|boknings|arende|avtals|medlems|forsakrings|person|organisations|kolli|sandnings|' +
    'forsandelse|referens)(?:nummer|nr|id)$',
);

const NUMBER = '(?:number|numero|num|n|no|nr|nro|numer|nummer|codigo|codice|code|kod|id)';
/** They stand before telephones too: `service client 01 42 68 53 00`, `reservas 912 345 678`. */
const OWNED =
  '(?:client|cliente|clienti|klient|klienta|klant|kund|kunden|kd|rg|bestell|auftrags|buchungs|vertrags|reservation|' +
  'reserva|prenotazione|rezerwacji|reserve?ring|reservierung|boeking|bokning|buchung|adherent|membre|socio|socia|lid|medlem|' +
  'mitglied|czlonka|police|envio|caso|pratica|sprawa|securite sociale|seguridad social|seguranca social)';
/** `numéro de client`, `Kd.-Nr.`, `client n°`, `SSN-like`; with the last words in reading order, as `plainWord` writes them. */
export const THING_PHRASE = new RegExp(
  `(?:^| )(?:${NUMBER} (?:(?:de|d|di|da|la|van) )*${OWNED}|` +
    `(?<!(?:service|servicio|servizio|servico|al|ao) )${OWNED} ${NUMBER}|ssn like)(?: (?:is|ist|es|est|e))?$`,
);

/** Without accents, as people leave them out. */
export function plainWord(word: string): string {
  return word.normalize('NFKD').replace(/\p{M}/gu, '').replaceAll('ł', 'l').replaceAll('ø', 'o');
}

/** Before or behind a number: it is an amount. */
export const AMOUNT_WORDS = words(
  'usd eur gbp inr rs jpy cny rmb chf sek nok dkk pln zł zl czk huf rub btc eth euro euros dollars dollar pounds quid ' +
    'rupees yen yuan kr view views followers likes people users votes subscribers downloads streams retweets members km miles ' +
    'meters metres kg tons bytes rows points pts percent million billion population range',
);

/** `my number is`: nobody says that of a thing. */
export const NUMBER_WORDS = words('number nummer numero número numéro num');
export const OWNER_WORDS = words('my her his our your their mi mio mein meine mon meu');

/** A name of a thing in scripts without spaces, right before its number. */
export const THING_BEFORE =
  /(?:s\/n|第|订单|訂單|单号|單號|编号|編號|账号|帳號|会员|會員|会員|快递|运单|群|微博|注文|伝票|追跡|주문|송장|운송장|회원|계좌|คำสั่งซื้อ|พัสดุ)(?:番号|번호|[号號])?(?:は|が|는|은|是|为)?[:：#]? ?$/u;
export const THING_BEFORE_CHARS_MAX = 16;
/** What is counted, right behind a number in scripts without spaces. */
export const COUNTED_BEHIND = /^ ?(?:[元円圆圓块塊万萬亿億人名个個件年月日位次歳岁分秒원명개년월]|บาท|คน)/u;
