using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.Transforms.Expressions;

namespace FlexCore.Plugins.Transforms;

/// <summary>A condition, in the language of <c>where</c>, over rows whose fields are known beforehand. Used by one thread.</summary>
internal sealed class RowCondition
{
    private readonly JsonTape _tape = new();
    private readonly Expression _condition;
    private readonly RecordFields _fields;
    private readonly RecordLifter _lifter;
    private readonly Evaluation _evaluation;

    /// <param name="text">The condition, which <see cref="Parser"/> has found good.</param>
    /// <param name="naming">How it names fields.</param>
    public RowCondition(string text, FieldNaming naming)
    {
        var plan = new MapPlan(new RecordMap { Stream = "rows", Where = text }, naming);
        _condition = plan.Where!;
        _fields = new RecordFields(plan);
        _lifter = new RecordLifter(plan, _fields);
        _evaluation = new Evaluation(_fields);
    }

    /// <summary>Compiles one for people who look something up. A row for which it has no answer, because it compares what cannot be compared, does not fit.</summary>
    public static Result<Func<JsonObject, bool>> Compile(string text, IReadOnlyList<string> fields)
    {
        var unknown = new List<string>();
        if (!Parser.TryParseCondition(text, Note, out _, out var problem)) return new Error(ErrorCodes.UsageInvalid, $"the condition {problem}");
        if (unknown.Count > 0) return new Error(ErrorCodes.UsageInvalid, $"there is no field '{Printable.Escape(unknown[0])}'; there are: {string.Join(", ", fields)}", SpecificRemedy: "Texts stand in single quotes: status = 'queued'.");
        var condition = new RowCondition(text, FieldNaming.Plain);
        return (Func<JsonObject, bool>)(row => condition.IsTrueOf(row, out _));

        int Note(string name)
        {
            if (!fields.Contains(name, StringComparer.Ordinal)) unknown.Add(name);
            return 0;
        }
    }

    /// <summary>Whether it is true of a row, and not false or null.</summary>
    /// <param name="row">Its fields; those that are missing are null.</param>
    /// <param name="problem">Why it has no answer.</param>
    public bool IsTrueOf(JsonObject row, out string? problem) => IsTrueOf(JsonSerializer.SerializeToUtf8Bytes(row, PluginsJson.Default.JsonNode), out problem);

    /// <inheritdoc cref="IsTrueOf(JsonObject, out string?)"/>
    public bool IsTrueOf(ReadOnlyMemory<byte> row, out string? problem)
    {
        problem = _tape.Read(row);
        if (problem is not null) return false;
        _fields.Begin(_tape);
        _evaluation.Begin(_tape.Raw(JsonTape.Root).Length);
        problem = _lifter.Load(_tape, JsonTape.Root, StreamShape.Unknown);
        if (problem is not null) return false;
        var value = _condition.Evaluate(_evaluation);
        if (value.Kind is ValueKind.Boolean or ValueKind.Null) return value.IsTrue;
        Logic.FailFor(_evaluation, value);
        problem = _evaluation.Failure;
        return false;
    }
}
