// Handover between two crews: who may do what next. Pure; settling waits for none of it.

export type HandoverState = 'offered' | 'accepted' | 'accepted-disputed' | 'refused' | 'ruled';

/** What may follow: a refusal or a protest goes to the shift supervisor, whose word ends it; an offer may be made anew. */
const NEXT: Readonly<Record<HandoverState | 'none', readonly HandoverState[]>> = {
  none: ['offered', 'ruled'],
  offered: ['offered', 'accepted', 'accepted-disputed', 'refused'],
  accepted: [],
  'accepted-disputed': ['ruled'],
  refused: ['offered', 'ruled'],
  ruled: [],
};

export const nextStates = (state: HandoverState | 'none'): readonly HandoverState[] => NEXT[state];
