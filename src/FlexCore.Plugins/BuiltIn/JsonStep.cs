using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema;
using FlexCore.Plugins.Transforms;
using FlexCore.Plugins.Transforms.Expressions;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>Reads values, holds them against a schema, selects among them and reshapes them. A file with a value on each line is gone through line by line, however long it is.</summary>
internal sealed class JsonStep(JsonSettings settings, Action<string> say)
{
    private readonly JsonTape _tape = new();
    private readonly ArrayBufferWriter<byte> _shaped = new();
    private readonly RowCondition? _where = settings.Where is { } where ? new RowCondition(where, FieldNaming.Plain) : null;
    private long _leftOut;

    /// <summary>Does it.</summary>
    /// <returns>What it leaves: <c>count</c>, <c>left_out</c>, <c>first</c> and, where nothing is saved, <c>items</c>.</returns>
    public async Task<ReadOnlyMemory<byte>> RunAsync(CancellationToken cancellationToken)
    {
        var schema = settings.Schema is { } file ? Compile(await StepFiles.ReadAllAsync(file, cancellationToken), file) : null;
        await using var items = new LeftItems(settings.Save);
        await foreach (var (value, place) in ReadAsync(cancellationToken))
        {
            if (schema?.Validate(_tape, JsonTape.Root) is { } violation) throw StepData.Invalid($"{place}{violation.InstancePath} {violation.Message} (schema {violation.SchemaPath})");
            var selected = settings.Select is { } pointer ? JsonPointers.Find(value, pointer) ?? throw StepData.Invalid($"{place} has nothing at {pointer}") : value;
            IEnumerable<JsonElement> some = selected.ValueKind == JsonValueKind.Array ? selected.EnumerateArray() : [selected];
            foreach (var item in some.Where(item => Fits(item, place))) await items.AddAsync(Reshape(item), cancellationToken);
        }

        await items.FinishAsync(cancellationToken);
        say($"{items.Count} values{(_where is null ? "" : $", {_leftOut} left out")}");
        return LeftItems.Describe(output =>
        {
            items.Write(output);
            output.WriteNumber("left_out", _leftOut);
        });
    }

    private async IAsyncEnumerable<(JsonElement Value, string Place)> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (settings.File is not { } file)
        {
            var input = settings.Input is { } given ? JsonMarshal.GetRawUtf8Value(given).ToArray() : "null"u8.ToArray();
            yield return (StepData.Parse(input, "the input", _tape), "the input");
        }
        else if (!SavedFile.HasLines(file))
        {
            yield return (StepData.Parse(await StepFiles.ReadAllAsync(file, cancellationToken), file, _tape), file);
        }
        else
        {
            await foreach (var (number, line) in StepFiles.ReadLinesAsync(file, cancellationToken))
            {
                var place = $"{file}, line {number}: ";
                yield return (StepData.Parse(line, place, _tape), place);
            }
        }
    }

    private bool Fits(JsonElement item, string place)
    {
        if (_where is null) return true;
        if (item.ValueKind != JsonValueKind.Object) throw StepData.Invalid($"{place}: `where` asks for fields, and there is a value that is no object");
        var fits = _where.IsTrueOf(JsonMarshal.GetRawUtf8Value(item).ToArray(), out var problem);
        if (problem is not null) throw StepData.Invalid($"{place}: `where` has no answer: {problem}");
        if (!fits) _leftOut++;
        return fits;
    }

    private JsonElement Reshape(JsonElement item)
    {
        if (settings.Reshape is not { } shape) return item;
        _shaped.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_shaped)) shape.Write(item, writer);
        return JsonElement.Parse(_shaped.WrittenSpan, new JsonDocumentOptions { MaxDepth = 2 * JsonTape.MaxDepth });
    }

    private static CompiledSchema Compile(byte[] schema, string file) =>
        CompiledSchema.TryCompile(schema, out var compiled, out var problem) ? compiled : throw StepData.Invalid($"{file} is no usable schema: {problem}");
}
