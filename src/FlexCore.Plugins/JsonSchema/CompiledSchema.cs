using System.Diagnostics.CodeAnalysis;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema.Compiling;

namespace FlexCore.Plugins.JsonSchema;

/// <summary>
/// A JSON Schema of draft 4, 6 or 7, ready to check documents. Immutable: many threads may use it at once. Checking a valid
/// document allocates nothing, save for numbers of more than 38 digits. See docs/reference/json-schema.md.
/// </summary>
internal sealed class CompiledSchema
{
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> NoDocuments = [];

    private readonly SchemaNode _root;

    private CompiledSchema(SchemaNode root) => _root = root;

    /// <summary>Compiles a schema. Its size is for the caller to bound.</summary>
    /// <param name="schema">UTF-8; may be reused afterwards.</param>
    /// <param name="compiled">The schema, unless there is a problem.</param>
    /// <param name="problem">What is wrong and where: "/properties/id/type names no type: 'strin'".</param>
    /// <param name="draft">The draft; otherwise what $schema says, and draft 7 when it says nothing that is known.</param>
    /// <param name="knownDocuments">What references may lead to, by URI, beside the metaschemas of the drafts. Nothing is ever fetched.</param>
    public static bool TryCompile(
        ReadOnlyMemory<byte> schema,
        [NotNullWhen(true)] out CompiledSchema? compiled,
        [NotNullWhen(false)] out string? problem,
        SchemaDraft? draft = null,
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? knownDocuments = null)
    {
        compiled = null;
        var tape = new JsonTape();
        if (tape.Read(schema.ToArray()) is { } unreadable)
        {
            problem = $"the schema {unreadable}";
            return false;
        }

        var document = new SchemaDocument(uri: "", tape, isMain: true);
        document.SetDraft(draft, fallback: SchemaDraft.Draft7);
        try
        {
            compiled = new CompiledSchema(new SchemaCompiler(document, knownDocuments ?? NoDocuments).Compile());
            problem = null;
            return true;
        }
        catch (UnusableSchemaException unusable)
        {
            problem = unusable.Message;
            return false;
        }
    }

    /// <summary>The first violation in a value of a document, or null. Paths begin at that value.</summary>
    public SchemaViolation? Validate(JsonTape document, int value)
    {
        var evaluation = new Evaluation(document, value);
        return _root.Holds(ref evaluation, value) && !evaluation.IsOver ? null : Explain(document, value, limit: 1)[0];
    }

    /// <summary>All violations in a value of a document, up to a limit of at least 1.</summary>
    public IReadOnlyList<SchemaViolation> ValidateAll(JsonTape document, int value, int limit)
    {
        var evaluation = new Evaluation(document, value);
        return _root.Holds(ref evaluation, value) && !evaluation.IsOver ? [] : Explain(document, value, limit);
    }

    /// <summary>The verdict is known; a second walk says why, so that the first one need not keep track of anything.</summary>
    private IReadOnlyList<SchemaViolation> Explain(JsonTape document, int value, int limit)
    {
        var evaluation = new Evaluation(document, value);
        var report = new ViolationReport(document, value, limit);
        _root.Explain(ref evaluation, report, value);
        if (evaluation.Reason is { } reason)
            report.Add(evaluation.ReasonKeyword?.Place ?? _root.Place, evaluation.ReasonValue, reason);

        // Time decides some verdicts, and may have been kinder to the second walk.
        else if (report.Violations.Count == 0)
            report.Add(_root.Place, value, "could not be checked in time");
        return report.Violations;
    }
}
