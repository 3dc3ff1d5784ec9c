/** What goes out: what a group has to say at one moment, and the digest. */
import { digestOf, list, notificationOf } from './compose.ts';
import type { Digest } from './digest.ts';
import type { Group, Groups } from './groups.ts';
import type { Ledger } from './ledger.ts';
import type { PageBudgets } from './page-budgets.ts';
import type { Series } from './policy-state.ts';
import { dueMs, isBelieved, isFiring, isNews, isOpen, isOver, isTold, type Timing } from './series.ts';
import type { Standing } from './standing.ts';

interface TellerParts {
  readonly pipeline: string;
  readonly timing: Timing;
  readonly groups: Groups;
  readonly digest: Digest;
  readonly ledger: Ledger;
  readonly budgets: PageBudgets;
  readonly standing: Standing;
}

export class Teller {
  readonly #parts: TellerParts;

  constructor(parts: TellerParts) {
    this.#parts = parts;
  }

  /** Tells what is due of a group. */
  tell(group: Group, nowMs: number): void {
    const { pipeline, timing, groups, ledger, standing } = this.#parts;
    const members = [...group.members];
    const open = members.filter(isOpen);
    const known = open.filter(({ told }) => told);
    const over = members.filter((series) => isOver(series, nowMs, timing));
    const fresh = this.#withinBudget(members.filter(isNews), nowMs);
    const witnesses = members.filter(
      (series) => isBelieved(series) && !isOpen(series) && !over.includes(series),
    );
    const isReminder = known.some((series) => dueMs(series, group, timing) <= nowMs);
    if (fresh.length + over.length > 0 || isReminder) {
      const isKnownGroup = members.some(isBelieved);
      const { ended, ...listing } = list({ fresh, over, known, witnesses, isKnownGroup });
      const { reason, isFiring: fires } = listing;
      const about = { pipeline, key: group.key, group: group.labels, nowMs };
      ledger.notify(notificationOf({ ...about, ...listing }));
      for (const series of known) {
        ledger.remind(series, ended.has(series), nowMs);
        if (reason === 'repeat') ledger.say(series, reason);
        else standing.explain(series, nowMs);
      }
      for (const series of fresh) ledger.begin(series, 'group', reason, nowMs);
      for (const series of over)
        if (ended.has(series)) ledger.end(series, fires ? 'some_resolved' : 'resolved', nowMs);
      group.lastMs = nowMs;
      group.newsMs = undefined;
    }
    groups.schedule(group);
  }

  /** The pages that their rules may still send; the others wait for the digest. */
  #withinBudget(fresh: readonly Series[], nowMs: number): Series[] {
    const { budgets, standing } = this.#parts;
    const isPage = ({ alert }: Series) => alert.severity === 'page';
    const kept = fresh.filter((one) => !isPage(one) || budgets.hasRoom(one.alert.rule, nowMs));
    for (const rule of new Set(kept.filter(isPage).map(({ alert }) => alert.rule)))
      budgets.spend(rule, nowMs);
    for (const series of fresh) {
      if (kept.includes(series)) continue;
      series.via = 'digest';
      series.isDemoted = true;
      standing.look(series, nowMs);
    }
    return kept;
  }

  /** `all` series; those of the digest are told. */
  tellDigest(all: readonly Series[], nowMs: number): void {
    const { pipeline, digest, ledger } = this.#parts;
    const { finished, leftOut, demotedLeftOut } = digest.take();
    const open = all.filter((one) => isFiring(one) && one.via === 'digest' && one.held.length === 0);
    const fresh = open.filter((series) => !isTold(series));
    const over = all.filter(({ told }) => told?.via === 'digest' && told.ended);
    if (fresh.length + over.length + finished.length === 0) return;
    const ended = [...over.flatMap(({ told }) => told?.ended ?? []), ...finished.map(({ alert }) => alert)];
    const demoted = [...fresh, ...finished].filter(({ isDemoted }) => isDemoted).length + demotedLeftOut;
    const news = { fresh, known: open.filter(isTold), ended, leftOut, demoted };
    ledger.notify(digestOf(pipeline, news, nowMs));
    for (const series of over) ledger.end(series, 'digest', nowMs);
    for (const { alert } of finished) ledger.decide(alert, 'digest');
    for (const series of fresh) ledger.begin(series, 'digest', 'digest', nowMs);
  }
}
