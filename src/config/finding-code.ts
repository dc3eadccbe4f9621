import { FINDING_CODES, type FindingCode } from '../app/check/finding.ts';
import { didYouMean } from './did-you-mean.ts';
import { bad, ok, type Parsed } from './parsed.ts';

/** Parses what `check --ignore` names: the code of a finding. */
export function parseFindingCode(text: string): Parsed<FindingCode> {
  const code = FINDING_CODES.find((one) => one === text);
  if (code !== undefined) return ok(code);
  const meant = didYouMean(
    text,
    FINDING_CODES.map((one) => one.toLowerCase()),
  );
  const found = FINDING_CODES.find((one) => one.toLowerCase() === meant);
  const fix = found === undefined ? `the codes are ${FINDING_CODES.join(', ')}` : `did you mean ${found}?`;
  return bad(`${JSON.stringify(text)} is not a finding`, fix);
}
