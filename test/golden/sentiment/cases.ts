/** All cases. The sentences are our own, written for this set; no engine was tuned on them, nor they on an engine. A new
 *  case belongs into the table of its category; its label must be one that three careful readers would agree on. */
import { casesOf, type Case } from './case.ts';
import { CARE_CASES } from './care.cases.ts';
import { FACT_CASES } from './fact.cases.ts';
import { GRAMMAR_CASES } from './grammar.cases.ts';
import { REGISTER_CASES } from './register.cases.ts';
import { SYMBOL_CASES } from './symbol.cases.ts';

export const CASES: readonly Case[] = [
  GRAMMAR_CASES,
  REGISTER_CASES,
  SYMBOL_CASES,
  CARE_CASES,
  FACT_CASES,
].flatMap(casesOf);
