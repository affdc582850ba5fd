// The 190 teams of the refinery, and which of them a smaller plant keeps. Members and Party members add up to what was
// reported of all of them; a team is the same in a plant of any size.
import { chanceOf } from '../../src/simulate/chance.ts';
import { AREAS, type Area, type RotationId, TRADES } from './areas.ts';
import { ROTATIONS } from './roster.ts';

export const TEAMS = 190;
const MEMBERS = 2228;
const PARTY_MEMBERS = 609;

export interface TeamSize {
  readonly id: string;
  /** Place of the crew in the rotation. */
  readonly crew: number;
  members: number;
  partyMembers: number;
}

export interface ProcessUnit {
  readonly id: string;
  readonly code: string;
  readonly number: number;
  readonly area: Area;
  readonly rotation: RotationId;
  readonly teams: readonly TeamSize[];
  /** The other end of a flow. */
  partner: ProcessUnit | undefined;
}

export interface SupportUnit {
  readonly id: string;
  readonly code: string;
  readonly number: number;
  readonly trade: (typeof TRADES)[number];
  readonly team: TeamSize;
}

export interface Chosen {
  readonly processes: readonly ProcessUnit[];
  readonly supports: readonly SupportUnit[];
}

const CODES: Readonly<Record<string, string>> = {
  evaporation: 'EV',
  'fine-alumina': 'FA',
  'raw-meal': 'RM',
  calcination: 'CA',
  digestion: 'DI',
  precipitation: 'PR',
  washing: 'WA',
  boiler: 'BO',
  grinding: 'GR',
  mining: 'MI',
  mechanical: 'ME',
  electrical: 'EL',
  communications: 'CO',
  'mine-service': 'MS',
  instrument: 'IN',
  general: 'GE',
};
export const LETTERS = 'ABCDE';

/** All units, in the order in which a growing plant takes them. */
export function catalogue(): Chosen {
  const sizes: TeamSize[] = [];
  const teamOf = (unit: string, crew: number, alone: boolean): TeamSize => {
    const team = { id: alone ? unit : `${unit}-${LETTERS[crew]}`, crew, members: 0, partyMembers: 0 };
    sizes.push(team);
    return team;
  };
  const byArea = AREAS.map((area) =>
    area.rotations.map((rotation, i): ProcessUnit => {
      // The evaporator's new group 3 comes first.
      const number = area.id === 'evaporation' ? [3, 1, 2, 4][i]! : i + 1;
      const id = `${area.id}-${number}`;
      const teams = ROTATIONS[rotation].crews.map((_, crew) => teamOf(id, crew, false));
      return { id, code: `${CODES[area.id]}${number}`, number, area, rotation, teams, partner: undefined };
    }),
  );
  const makers = byArea.flat().filter(({ area }) => area.flow !== undefined);
  for (const taker of byArea.flat().filter(({ area }) => area.inputs.some(({ flow }) => flow !== undefined))) {
    const maker = makers.find(({ number, rotation }) => number === taker.number && rotation === taker.rotation);
    if (!maker) continue;
    maker.partner = taker;
    taker.partner = maker;
  }
  const supports = TRADES.flatMap((trade) =>
    Array.from({ length: trade.teams }, (_, i): SupportUnit => {
      const id = `${trade.slug}-${i + 1}`;
      return { id, code: `${CODES[trade.slug]}${i + 1}`, number: i + 1, trade, team: teamOf(id, 0, true) };
    }),
  );
  shareOut(sizes);
  const rounds = Math.max(...byArea.map((units) => units.length));
  const processes = Array.from({ length: rounds }, (_, n) => byArea.flatMap((units) => units[n] ?? [])).flat();
  const most = Math.max(...TRADES.map((trade) => trade.teams));
  const inTurn = Array.from({ length: most }, (_, n) => supports.filter(({ number }) => number === n + 1)).flat();
  return { processes, supports: inTurn };
}

/** Crews of twelve or so, some larger, some smaller; the sums are exact. */
function shareOut(teams: readonly TeamSize[]): void {
  const chance = chanceOf(190);
  const share = (total: number, weights: readonly number[]): number[] => {
    const sum = weights.reduce((a, b) => a + b, 0);
    let [reached, given] = [0, 0];
    return weights.map((weight) => {
      reached += weight;
      const upTo = Math.round((reached / sum) * total);
      const own = upTo - given;
      given = upTo;
      return own;
    });
  };
  const members = share(
    MEMBERS,
    teams.map(() => chance.int(10, 14)),
  );
  const party = share(
    PARTY_MEMBERS,
    members.map((count) => count * chance.real(0.7, 1.3)),
  );
  for (const [i, team] of teams.entries()) {
    team.members = members[i]!;
    team.partyMembers = party[i]!;
  }
}

/** Three process units, then some support teams, then the rest of the areas in turn: whatever still fits is taken. */
export function chooseTeams({ processes, supports }: Chosen, teams: number): Chosen {
  const blocks: (ProcessUnit | SupportUnit)[] = [
    ...processes.slice(0, 3),
    ...supports.slice(0, 4),
    ...processes.slice(3),
    ...supports.slice(4),
  ];
  let left = teams;
  const taken = new Set<ProcessUnit | SupportUnit>();
  for (const block of blocks) {
    const size = 'team' in block ? 1 : block.teams.length;
    if (size > left) continue;
    left -= size;
    taken.add(block);
  }
  return {
    processes: processes.filter((unit) => taken.has(unit)),
    supports: supports.filter((unit) => taken.has(unit)),
  };
}
