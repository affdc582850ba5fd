// The model in force for clients, its versions byte for byte, and saving a new one against the version it was made from.

import type { Problem } from '../plant.ts';
import { allTeams, parseDay } from '../plant.ts';
import { unitPoints } from '../statement.ts';
import { stamp } from '../store/database.ts';
import { modelFiles, readClock, listModels as readModels } from '../store/plants.ts';
import type { Language } from '../words/say.ts';
import { parseModel, stepText } from '../work/plants.ts';
import { teachModel } from '../work/teach.ts';
import { checkModel, getModelFile, getPlant, listModels, listPoints, saveModel } from './contract/model.ts';
import { type Domain, refuseRows, told } from './domain.ts';
import { refuse } from './problem.ts';
import { type Route, route } from './route.ts';

const problemRecord = (problem: Problem, language: Language) => {
  const { severity, file, column } = problem;
  return { ...told(problem, language), severity, file, column };
};

export function modelRoutes({ plants }: Domain): Route[] {
  return [
    route(getPlant).read(async ({ plantId, plant, service, has }, db) => {
      const { now } = await readClock(db, plantId);
      // The clock moves on; what else is here changes with the model.
      const etag = `p${plants.newest?.version ?? 0}-${Math.floor(now / 60_000)}`;
      if (has(etag)) return { etag };
      return {
        etag,
        body: {
          id: plant.id,
          name: plant.name,
          zone: plant.zone.id,
          now: stamp(now),
          example: service.example,
          model: plants.newest?.version ?? 0,
          monthStartsOn: plant.monthStartsOn,
          shifts: [...plant.shiftNames].map(([code, name]) => ({ code, name })),
          units: [...plant.units.values()].map(({ id, name, streams }) => ({
            id,
            name,
            streams: streams.map((s) => ({ id: s.id, name: s.name, role: s.role, unit: s.measure.text })),
          })),
          teams: [...allTeams(plant).values()].map(({ id, name, crew, units }) => ({
            id,
            name,
            crew,
            units: [...units],
          })),
          leagues: [...plant.leagues.values()].map(({ id, name, units, unlike }) => ({
            id,
            name,
            units: [...units],
            unlike,
          })),
        },
      };
    }),
    route(listPoints).read(async ({ plant, query, has }) => {
      const etag = `q${plants.newest?.version ?? 0}-${query.unit ?? ''}`.replace(/[^\w-]/g, '');
      if (has(etag)) return { etag };
      const unit = query.unit === undefined ? undefined : plant.units.get(query.unit);
      const ids = unit && unitPoints(plant, unit);
      return {
        etag,
        body: {
          points: plant.points
            .filter(({ id }) => query.unit === undefined || ids?.has(id))
            .map(({ id, name, kind, measure, step }) => ({ id, name, kind, unit: measure.text, step: stepText(step) })),
        },
      };
    }),
    route(listModels).read(async ({ plantId }, db) => {
      const versions = await readModels(db, plantId);
      const names = await Promise.all(versions.map(({ version }) => modelFiles(db, plantId, version)));
      return {
        body: {
          versions: versions.map(({ base, author, recordedAt, ...rest }, i) => ({
            ...rest,
            recordedAt: stamp(recordedAt),
            ...(base === undefined ? {} : { base }),
            ...(author === undefined ? {} : { author }),
            files: [...names[i]!.keys()],
          })),
        },
      };
    }),
    route(getModelFile).read(async ({ plantId, params }, db) => {
      const bytes = (await modelFiles(db, plantId, params.version)).get(params.name);
      if (!bytes) return refuse('not-found', { kind: 'file', found: `${params.version}/${params.name}` });
      return { body: bytes, mediaType: params.name.endsWith('.csv') ? 'text/csv' : 'text/plain' };
    }),
    route(checkModel).read(async ({ body, language }) => {
      const files = new Map(Object.entries(body.files).map(([name, text]) => [name, Buffer.from(text)]));
      return { body: { problems: parseModel(files, '').problems.map((problem) => problemRecord(problem, language)) } };
    }),
    route(saveModel).write(async (call, tx) => {
      const { plant, body, baseVersion, person, language, service } = call;
      const files = new Map(Object.entries(body.files).map(([name, text]) => [name, Buffer.from(text)]));
      if (parseDay(body.fromDay) === undefined) return refuse('bad-day', { found: body.fromDay });
      const base = Number(baseVersion);
      const saved = await teachModel(
        { db: service.db, plants },
        tx,
        { files, fromDay: body.fromDay, base: base === 0 ? undefined : base, note: body.note },
        { author: person, source: 'http' },
        plant.id,
      );
      if (!saved.ok) {
        if (saved.code === 'problems') return refuseRows(saved.problems, language, 'bad-model');
        return saved.code === 'stale-base'
          ? refuse('base-version-changed', { found: saved.newest })
          : refuse('other-plant', { found: saved.found });
      }
      const { version, learnt, problems } = saved;
      await call.audit(tx, {
        action: 'model.save',
        object: ['model', version],
        before: { version: base },
        after: { version, fromDay: body.fromDay, files: [...files.keys()] },
        why: body.note,
      });
      return {
        body: {
          version,
          learnt: stamp(learnt),
          warnings: problems.map((problem) => problemRecord(problem, language)),
        },
      };
    }),
  ];
}
