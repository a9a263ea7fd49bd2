using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.Transforms.Expressions;

namespace FlexCore.Plugins.Transforms;

/// <summary>A condition, in the language of <c>where</c>, over rows whose fields are known beforehand.</summary>
internal static class RowCondition
{
    /// <summary>Compiles it. A row for which it has no answer, because it compares what cannot be compared, does not fit.</summary>
    public static Result<Func<JsonObject, bool>> Compile(string text, IReadOnlyList<string> fields)
    {
        var unknown = new List<string>();
        if (!Parser.TryParseCondition(text, Note, out _, out var problem)) return new Error(ErrorCodes.UsageInvalid, $"the condition {problem}");
        if (unknown.Count > 0) return new Error(ErrorCodes.UsageInvalid, $"there is no field '{Printable.Escape(unknown[0])}'; there are: {string.Join(", ", fields)}", SpecificRemedy: "Texts stand in single quotes: status = 'queued'.");
        var mapper = new RecordMapper(new RecordMap { Stream = "rows", Where = text }, maskKey: default);
        var (tape, output) = (new JsonTape(), new LineBuffer());
        return (Func<JsonObject, bool>)Fits;

        int Note(string name)
        {
            if (!fields.Contains(name, StringComparer.Ordinal)) unknown.Add(name);
            return 0;
        }

        bool Fits(JsonObject row)
        {
            output.Clear();
            return tape.Read(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["record"] = row }, PluginsJson.Default.JsonNode)) is null && mapper.MapRecord(tape, output, out _) == MapOutcome.Mapped;
        }
    }
}
