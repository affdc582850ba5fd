// Single sign-on (to come).
export interface SignOn {
  readonly issuer: string;
}
