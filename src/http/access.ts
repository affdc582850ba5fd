// Who may do what, and where. Default deny: a role may do what its row says, within the reach its row says. Permissions are
// data; it knows no request and no database (who the caller is, and which grants hold today, comes in).
import { allTeams, type Plant } from '../plant.ts';
import { ACTIONS, type Action, type Line, type Role } from './contract/actions.ts';

/** `own`: the teams one is a member of. `granted`: the place the role was granted for, and all below it. */
export type Reach = 'own' | 'granted' | 'plant';

export type Place =
  | { readonly kind: 'plant' }
  | { readonly kind: 'unit' | 'team' | Line; readonly id: string }
  /** A person is where their teams and organisations are. */
  | { readonly kind: 'person'; readonly id: number; readonly at: readonly Place[] };

export interface Granted {
  readonly role: Role;
  readonly place: Place;
}

export type Caller =
  | { readonly kind: 'nobody' }
  | {
      readonly kind: 'person';
      readonly person: number;
      readonly session: number;
      readonly teams: readonly string[];
      readonly grants: readonly Granted[];
      /** The kiosk at which the person signed in with a PIN. */
      readonly device: number | undefined;
      readonly language: 'zh' | 'en' | undefined;
      readonly mustChangePassword: boolean;
    }
  | { readonly kind: 'token'; readonly token: number; readonly actions: readonly Action[]; readonly place: Place };

const LOOK = ['sheets.read', 'drafts.read', 'explain.read', 'readings.read', 'facts.read', 'handover.read'] as const;
const OPEN = ['boards.read', 'events.read', 'month.read', 'model.read'] as const;

type Rule = readonly [Reach, readonly Action[]];

const isLook = (action: Action): boolean => /\.(read|read-anonymous|export)$/.test(action);
const READS = ACTIONS.filter(isLook);
/** What even a reader of everything does not read: amounts by name, and what people have in `person_details`. */
const BY_NAME: readonly Action[] = ['amounts.read', 'people.details.read'];

export const PERMISSIONS: Readonly<Record<Role, readonly Rule[]>> = {
  // Everybody who belongs to a team has this role in it.
  member: [
    ['own', [...LOOK, 'readings.write', 'amounts.read', 'appeals.read', 'appeals.write', 'people.read']],
    ['plant', [...OPEN, 'schemes.read']],
  ],
  'crew-leader': [
    ['granted', [...LOOK, 'readings.write', 'handover.offer', 'handover.accept', 'facts.swap.write', 'people.read']],
    ['plant', OPEN],
  ],
  'shift-supervisor': [
    [
      'granted',
      [...LOOK, 'facts.order.write', 'facts.exclusion.write', 'facts.swap.write', 'handover.rule', 'people.read'],
    ],
    ['plant', OPEN],
  ],
  'team-accountant': [
    ['granted', [...LOOK, 'readings.write', 'facts.fee.write', 'people.read']],
    ['plant', OPEN],
  ],
  'workshop-accountant': [
    [
      'granted',
      [
        ...LOOK,
        'readings.write',
        'facts.fee.write',
        'facts.exclusion.write',
        'reconciliation.write',
        'people.read',
        'files.export',
        'files.import',
      ],
    ],
    ['plant', OPEN],
  ],
  'labour-wages': [
    ['granted', ['sheets.read', 'people.read', 'people.details.read', 'appeals.read', 'appeals.rule', 'files.export']],
    ['plant', [...OPEN, 'schemes.read', 'splits.read-anonymous']],
  ],
  finance: [
    ['granted', [...LOOK, 'facts.fee.write', 'reconciliation.write', 'files.export', 'files.import']],
    ['plant', [...OPEN, 'prices.write', 'budgets.write', 'month.close', 'restatement.approve']],
  ],
  safety: [
    ['granted', [...LOOK]],
    ['plant', OPEN],
  ],
  laboratory: [
    ['granted', ['laboratory.write', 'readings.read', 'facts.read']],
    ['plant', OPEN],
  ],
  'party-secretary': [
    ['granted', ['sheets.read', 'explain.read', 'people.read']],
    ['plant', [...OPEN, 'schemes.read']],
  ],
  'programme-office': [
    ['granted', [...LOOK, 'facts.exclusion.approve', 'files.export', 'files.import', 'people.read']],
    ['plant', [...OPEN, 'model.write', 'standards.write', 'budgets.write', 'schemes.read']],
  ],
  manager: [
    [
      'granted',
      [
        ...LOOK,
        'facts.exclusion.approve',
        'handover.rule',
        'people.read',
        'appeals.read',
        'appeals.rule',
        'files.export',
      ],
    ],
    ['plant', [...OPEN, 'schemes.read', 'restatement.approve']],
  ],
  'workers-representative': [
    ['granted', ['appeals.read', 'splits.read-anonymous']],
    ['plant', [...OPEN, 'schemes.read']],
  ],
  auditor: [['granted', READS.filter((action) => !BY_NAME.includes(action))]],
  // Runs the system and sees no sheet of anybody.
  administrator: [
    [
      'granted',
      [
        'people.read',
        'people.write',
        'people.details.read',
        'grants.read',
        'grants.write',
        'tokens.read',
        'tokens.write',
        'devices.read',
        'devices.write',
        'audit.read',
        'metrics.read',
        'jobs.read',
      ],
    ],
    ['plant', ['model.read', 'boards.read']],
  ],
};

/** Whether the role lets its holder change things of the whole plant, wherever it is granted. */
export const changesPlant = (role: Role): boolean =>
  PERMISSIONS[role].some(([reach, actions]) => reach === 'plant' && actions.some((action) => !isLook(action)));

/** What a place takes in: its teams, their units, its organisations. */
interface Cover {
  readonly plant: boolean;
  readonly teams: ReadonlySet<string>;
  readonly units: ReadonlySet<string>;
  readonly organisations: ReadonlySet<string>;
}

export interface Access {
  readonly may: (action: Action, place: Place) => boolean;
  /** Whether the action is permitted anywhere at all. */
  readonly somewhere: (action: Action) => boolean;
  /** Where it is permitted: everywhere, or in these teams. */
  readonly teams: (action: Action) => 'all' | ReadonlySet<string>;
  readonly units: (action: Action) => 'all' | ReadonlySet<string>;
  /** Teams and organisations, as `team:…`, `administrative:…`, `party:…`. */
  readonly places: (action: Action) => 'all' | ReadonlySet<string>;
}

const EVERYWHERE: Place = { kind: 'plant' };
const covers = new WeakMap<Plant, Map<string, Cover>>();

export function accessOf(caller: Caller, plant: Plant): Access {
  const found = new Map<Action, readonly Cover[]>();
  const coversOf = (action: Action): readonly Cover[] => {
    const known = found.get(action) ?? placesOf(caller, action).map((place) => coverOf(place, plant));
    found.set(action, known);
    return known;
  };
  const union = (action: Action, of: (cover: Cover) => ReadonlySet<string>): 'all' | ReadonlySet<string> => {
    const list = coversOf(action);
    return list.some((cover) => cover.plant) ? 'all' : new Set(list.flatMap((cover) => [...of(cover)]));
  };
  return {
    may: (action, place) => coversOf(action).some((cover) => includes(cover, place)),
    somewhere: (action) => placesOf(caller, action).length > 0,
    teams: (action) => union(action, (cover) => cover.teams),
    units: (action) => union(action, (cover) => cover.units),
    places: (action) =>
      union(action, (cover) => new Set([...cover.organisations, ...[...cover.teams].map((id) => `team:${id}`)])),
  };
}

/** What six digits on a screen in a control room are not enough for. */
const NOT_BY_PIN: ReadonlySet<Action> = new Set([
  ...ACTIONS.filter((action) => /^(people|grants|tokens|devices)\..*write$/.test(action)),
  ...([
    'people.details.read',
    'audit.read',
    'month.close',
    'restatement.approve',
    'model.write',
    'prices.write',
  ] as const),
  ...(['budgets.write', 'standards.write', 'facts.exclusion.approve', 'files.import', 'files.export'] as const),
]);

/** The places in which the caller may do it. */
export function placesOf(caller: Caller, action: Action): readonly Place[] {
  if (caller.kind === 'nobody') return [];
  if (caller.kind === 'token') return caller.actions.includes(action) ? [caller.place] : [];
  if (caller.device !== undefined && NOT_BY_PIN.has(action)) return [];
  const own = caller.teams.map((id): Place => ({ kind: 'team', id }));
  const membership = caller.teams.length > 0 ? [{ role: 'member' as const, place: EVERYWHERE }] : [];
  return [...membership, ...caller.grants].flatMap(({ role, place }) =>
    PERMISSIONS[role].flatMap(([reach, actions]) => {
      if (!actions.includes(action)) return [];
      return reach === 'own' ? own : [reach === 'plant' ? EVERYWHERE : place];
    }),
  );
}

function includes(cover: Cover, place: Place): boolean {
  if (cover.plant) return true;
  switch (place.kind) {
    case 'plant':
      return false;
    case 'team':
      return cover.teams.has(place.id);
    case 'unit':
      return cover.units.has(place.id);
    case 'person':
      return place.at.some((one) => includes(cover, one));
    default:
      return cover.organisations.has(placeText(place));
  }
}

function coverOf(place: Place, plant: Plant): Cover {
  const known = covers.get(plant) ?? new Map<string, Cover>();
  covers.set(plant, known);
  const key = placeText(place);
  const cover = known.get(key) ?? makeCover(place, plant);
  known.set(key, cover);
  return cover;
}

function makeCover(place: Place, plant: Plant): Cover {
  const all = [...allTeams(plant).values()];
  const organisations = new Set<string>();
  let teams = all;
  if (place.kind === 'team') teams = all.filter((team) => team.id === place.id);
  else if (place.kind === 'unit') teams = all.filter((team) => team.units.includes(place.id));
  else if (place.kind === 'administrative' || place.kind === 'party') {
    const below = subtree(place.id, plant[place.kind]);
    for (const id of below) organisations.add(`${place.kind}:${id}`);
    const of = place.kind === 'party' ? 'party' : 'organisation';
    teams = all.filter((team) => below.has(team[of] ?? ''));
  } else if (place.kind === 'person') teams = [];
  const units = place.kind === 'unit' ? [place.id] : teams.flatMap((team) => team.units);
  if (place.kind === 'administrative') {
    for (const unit of plant.units.values())
      if (organisations.has(`administrative:${unit.organisation ?? ''}`)) units.push(unit.id);
  }
  return {
    plant: place.kind === 'plant',
    teams: new Set(teams.map((team) => team.id)),
    units: new Set(units),
    organisations,
  };
}

function subtree(root: string, tree: ReadonlyMap<string, { readonly parent: string | undefined }>): Set<string> {
  const inside = (id: string | undefined): boolean => id === root || (id !== undefined && inside(tree.get(id)?.parent));
  return new Set([...tree.keys()].filter(inside));
}

export const placeText = (place: Place): string =>
  place.kind === 'plant' ? 'plant' : place.kind === 'person' ? `person:${place.id}` : `${place.kind}:${place.id}`;

/** `unit:u1` as a place, or nothing where the plant has none such. */
export function readPlace(text: string, plant: Plant): Place | undefined {
  if (text === 'plant') return EVERYWHERE;
  const [kind = '', ...rest] = text.split(':');
  const id = rest.join(':');
  const there =
    (kind === 'unit' && plant.units.has(id)) ||
    (kind === 'team' && allTeams(plant).has(id)) ||
    ((kind === 'administrative' || kind === 'party') && plant[kind].has(id));
  return there ? { kind: kind as 'unit', id } : undefined;
}

/** A place kept for longer than the model knew it: it reaches nothing until the model names it again. */
export function keptPlace(text: string): Place {
  const [kind = '', ...rest] = text.split(':');
  return kind === 'plant' ? EVERYWHERE : { kind: kind as 'unit', id: rest.join(':') };
}
