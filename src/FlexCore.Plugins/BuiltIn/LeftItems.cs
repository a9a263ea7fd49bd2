using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>The values that a step makes: written to a file, or else left in its output.</summary>
internal sealed class LeftItems : IAsyncDisposable
{
    // Of a file, the first value is left too, if it is no longer than this.
    private const int MostOfFirst = 64 << 10;
    private const int MostBytes = 2 << 20;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SavedFile? _file;
    private readonly List<JsonElement> _items = [];
    private long _bytes;

    /// <param name="save">The file; null for none.</param>
    public LeftItems(string? save) => _file = save is null ? null : SavedFile.Create(save);

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    public async ValueTask AddAsync(JsonElement item, CancellationToken cancellationToken)
    {
        Count++;
        if (_file is not null)
        {
            await _file.AddAsync(item, cancellationToken);
            if (Count > 1 || item.GetRawText().Length > MostOfFirst) return;
        }
        else if ((_bytes += item.GetRawText().Length) > MostBytes)
        {
            throw StepData.Invalid("what it leaves is more than 1 MiB: write it to a file with `save`");
        }

        _items.Add(item);
    }

    /// <summary>Ends the file, if there is one.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_file is null) return;
        await _file.EndListAsync(cancellationToken);
        await _file.FinishAsync(cancellationToken);
    }

    /// <summary>Writes <c>count</c>, <c>first</c> and, without a file, <c>items</c>.</summary>
    public void Write(Utf8JsonWriter output)
    {
        output.WriteNumber("count", Count);
        if (_items is [var first, ..])
        {
            output.WritePropertyName("first");
            first.WriteTo(output);
        }

        if (_file is not null) return;
        output.WriteStartArray("items");
        foreach (var item in _items) item.WriteTo(output);
        output.WriteEndArray();
    }

    /// <summary>Writes the output of a step.</summary>
    public static ReadOnlyMemory<byte> Describe(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, Plain))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? default;
}
