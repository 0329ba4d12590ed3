import { rm } from "node:fs/promises";
import { join, relative } from "node:path";
import ts from "@typescript/typescript6";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { peers } from "./bundles.ts";

/**
 * Writes the types of a package's entries, each as one file that needs no other package. Types that we infer from schemas are written out, so that whoever
 * uses them sees what a thing consists of, and needs no library of schemas to compile.
 *
 * TypeScript 7 has no API yet; this is the last release that has one, of the same language.
 *
 * @param entries names of the files to write, without their ending, by the source that each is for.
 * @throws Error when the sources do not compile.
 */
export async function writeDeclarations(root: string, entries: Record<string, string>, out: string): Promise<void> {
  const scratch = join(out, "declarations");
  emit(root, Object.values(entries), scratch);
  for (const [name, source] of Object.entries(entries)) {
    const bundle = await rollup({
      input: join(scratch, relative(root, source)).replace(/\.ts$/, ".d.ts"),
      plugins: [dts()],
      external: ["zod", ...peers],
      onwarn: (warning) => {
        // It is imported for what it does.
        if (warning.code === "EMPTY_BUNDLE") return;
        throw new Error(`the types of ${name}: ${warning.message}`);
      },
    });
    const { output } = await bundle.write({ file: join(out, `${name}.d.ts`), format: "es" });
    const needed = output[0].imports.filter((one) => !peers.includes(one as (typeof peers)[number]));
    if (needed.length > 0) throw new Error(`the types of ${name} need ${needed.join(", ")}`);
    await bundle.close();
  }
  await rm(scratch, { recursive: true });
}

function emit(root: string, sources: string[], outDir: string): void {
  const options: ts.CompilerOptions = {
    ...ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(root, "web/tsconfig.json"), ts.sys.readFile).config,
      ts.sys,
      join(root, "web"),
    ).options,
    noEmit: false,
    declaration: true,
    stripInternal: true,
    emitDeclarationOnly: true,
    rootDir: root,
    outDir,
  };
  const program = ts.createProgram(sources, options);
  const checker = program.getTypeChecker();
  const written: ts.WriteFileCallback = (path, text) =>
    ts.sys.writeFile(path, text.replaceAll(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
  const { diagnostics } = program.emit(undefined, written, undefined, true, {
    afterDeclarations: [(context) => (node) => (ts.isSourceFile(node) ? writtenOut(node, context, checker) : node)],
  });
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (problems.length > 0)
    throw new Error(
      ts.formatDiagnostics(problems, {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => root,
        getNewLine: () => "\n",
      }),
    );
}

/** A file of declarations in which nothing is inferred from a schema. */
function writtenOut(file: ts.SourceFile, context: ts.TransformationContext, checker: ts.TypeChecker): ts.SourceFile {
  const { factory } = context;
  const flags =
    ts.NodeBuilderFlags.NoTruncation | ts.NodeBuilderFlags.InTypeAlias | ts.NodeBuilderFlags.MultilineObjectLiterals;
  const visit = (node: ts.Node): ts.Node => {
    if (ts.isTypeAliasDeclaration(node) && isInferred(node.type)) {
      const source = ts.getOriginalNode(node) as ts.TypeAliasDeclaration;
      const type = checker.getDeclaredTypeOfSymbol(checker.getSymbolAtLocation(source.name)!);
      const written = checker.typeToTypeNode(type, source, flags)!;
      return factory.updateTypeAliasDeclaration(node, node.modifiers, node.name, node.typeParameters, written);
    }
    if (ts.isVariableDeclaration(node) && node.type && isPolicy(node.type)) {
      const source = ts.getOriginalNode(node) as ts.VariableDeclaration;
      const spec = checker.getTypeAtLocation(source).getCallSignatures()[0]!.getReturnType();
      const fields = checker.getPropertiesOfType(spec).map((field) => {
        const type = checker.typeToTypeNode(checker.getTypeOfSymbol(field), source, flags)!;
        return { name: field.name, type };
      });
      const literal = (names: typeof fields, isOptional: boolean) =>
        factory.createTypeLiteralNode(
          names.map(({ name, type }) =>
            factory.createPropertySignature(
              undefined,
              name,
              isOptional ? factory.createToken(ts.SyntaxKind.QuestionToken) : undefined,
              type,
            ),
          ),
        );
      const parameters = factory.createParameterDeclaration(
        ...([undefined, undefined, "parameters", factory.createToken(ts.SyntaxKind.QuestionToken)] as const),
        literal(
          fields.filter(({ name }) => name !== "type"),
          true,
        ),
      );
      const written = factory.createFunctionTypeNode(undefined, [parameters], literal(fields, false));
      return factory.updateVariableDeclaration(node, node.name, undefined, written, undefined);
    }
    return ts.visitEachChild(node, visit, context);
  };
  return ts.visitEachChild(file, visit, context);
}

/** `z.infer<...>`, `z.input<...>`, `z.output<...>`. */
const isInferred = (type: ts.TypeNode): boolean =>
  ts.isTypeReferenceNode(type) &&
  ts.isQualifiedName(type.typeName) &&
  (type.typeName.left as ts.Identifier).text === "z";

/** What `definePolicy` makes: of it authors of specs see the function that they call. */
const isPolicy = (type: ts.TypeNode): boolean =>
  (ts.isTypeReferenceNode(type) && (type.typeName as ts.Identifier).text === "DefinedPolicy") ||
  (ts.isImportTypeNode(type) && (type.qualifier as ts.Identifier | undefined)?.text === "DefinedPolicy");
