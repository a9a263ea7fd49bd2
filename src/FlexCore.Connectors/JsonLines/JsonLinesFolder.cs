using FlexCore.Sdk;
using FlexCore.Sdk.Targets;

namespace FlexCore.Connectors.JsonLines;

/// <summary>A folder with a file for each record stream.</summary>
internal sealed class JsonLinesFolder : ITargetSession
{
    private readonly string _folder;
    private readonly Dictionary<string, JsonLinesStream> _streams = new(StringComparer.Ordinal);

    private JsonLinesFolder(string folder) => _folder = folder;

    public TargetBatch Batch => TargetBatch.Usual;

    /// <exception cref="PluginException">The folder cannot be made.</exception>
    public static JsonLinesFolder Open(string folder) => Try(folder, () =>
    {
        Directory.CreateDirectory(folder);
        return new JsonLinesFolder(folder);
    });

    public ValueTask<IStreamWriter> BeginStreamAsync(StreamSchema schema, CancellationToken cancellationToken)
    {
        if (!_streams.TryGetValue(schema.Stream, out var stream)) _streams.Add(schema.Stream, stream = Try(_folder, () => new JsonLinesStream(_folder, schema.Stream)));
        stream.Keys = schema.Keys;
        return new(stream);
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var stream in _streams.Values) await stream.SyncAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stream in _streams.Values) await stream.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Says which file cannot be written.</summary>
    public static T Try<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PluginException($"{path} cannot be written: {e.Message}", e);
        }
    }
}
