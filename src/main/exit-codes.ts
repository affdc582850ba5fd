// What the command tells the shell (sysexits.h); docs/command.md lists them for people.
export const EXIT = {
  ok: 0,
  usage: 64,
  data: 65,
  noInput: 66,
  unavailable: 69,
  software: 70,
  cannotWrite: 73,
} as const;
