// What every test database begins with.

/** Fills the template database, once a run; afterwards nothing may be connected to it. So far it stays empty. */
export async function prepareTemplate(_url: string): Promise<void> {}
