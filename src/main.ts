// The `crewledger` command: reads arguments, environment and clock, and wires the domain to the world.
// Nobody imports this file; it holds no rule of the domain.
import packageJson from '../package.json' with { type: 'json' };

const help = `CrewLedger 班组价值核算系统 ${packageJson.version}

Usage 用法:
  crewledger --help       this text 显示本说明
  crewledger --version    the version 显示版本号
`;

const exitCode = { ok: 0, usage: 2 } as const;

function run(args: readonly string[]): number {
  const [first] = args;
  switch (first) {
    case '--help':
    case undefined:
      process.stdout.write(help);
      return first === undefined ? exitCode.usage : exitCode.ok;
    case '--version':
      process.stdout.write(`${packageJson.version}\n`);
      return exitCode.ok;
    default:
      process.stderr.write(`crewledger: 没有此命令 no such command: ${first}\n${help}`);
      return exitCode.usage;
  }
}

process.exitCode = run(process.argv.slice(2));
