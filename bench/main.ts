// Not built yet: says so and fails, so that nobody takes silence for a result.
process.stderr.write('bench: nothing to measure yet\n');
process.exitCode = 1;
