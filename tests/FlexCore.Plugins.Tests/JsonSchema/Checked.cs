using System.Text;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema;

namespace FlexCore.Plugins.Tests.JsonSchema;

/// <summary>Schemas and documents of tests, as text.</summary>
internal static class Checked
{
    public static CompiledSchema Schema(string json, SchemaDraft? draft = null) =>
        CompiledSchema.TryCompile(Encoding.UTF8.GetBytes(json), out var compiled, out var problem, draft) ? compiled : throw new ArgumentException(problem, nameof(json));

    /// <summary>What is wrong with a schema, or null.</summary>
    public static string? Problem(string json, SchemaDraft? draft = null) =>
        CompiledSchema.TryCompile(Encoding.UTF8.GetBytes(json), out _, out var problem, draft) ? null : problem;

    public static JsonTape Document(string json) => JsonTape.Of(Encoding.UTF8.GetBytes(json));

    /// <summary>The first violation as "instance path | schema path | message", or null.</summary>
    public static string? Violation(string schema, string document, SchemaDraft? draft = null) =>
        Schema(schema, draft).Validate(Document(document), JsonTape.Root) is { } violation ? Show(violation) : null;

    public static IEnumerable<string> Violations(string schema, string document, int limit = 100) =>
        Schema(schema).ValidateAll(Document(document), JsonTape.Root, limit).Select(Show);

    public static bool IsValid(string schema, string document, SchemaDraft? draft = null) => Violation(schema, document, draft) is null;

    private static string Show(SchemaViolation violation) => $"{violation.InstancePath} | {violation.SchemaPath} | {violation.Message}";
}
