// Not built yet: says so and fails, so that nobody takes silence for a result.
process.stderr.write('soak:simulate: no simulator yet\n');
process.exitCode = 1;
