namespace FlexCore.Sdk.Targets;

/// <summary>How much may lie in a target that is not safe yet.</summary>
/// <param name="Bytes">Of messages.</param>
/// <param name="Interval">Since the first of them.</param>
public sealed record TargetBatch(long Bytes, TimeSpan Interval)
{
    /// <summary>What suits a file: 64 MiB or 5 s.</summary>
    public static TargetBatch Usual { get; } = new(64 * 1024 * 1024, TimeSpan.FromSeconds(5));
}

/// <summary>A destination that is open.</summary>
public interface ITargetSession : IAsyncDisposable
{
    /// <summary>When to flush.</summary>
    TargetBatch Batch { get; }

    /// <summary>Begins a record stream, or goes on with one whose schema has changed: the writer may be the same.</summary>
    ValueTask<IStreamWriter> BeginStreamAsync(StreamSchema schema, CancellationToken cancellationToken);

    /// <summary>Makes all safe that was written since the last time, or none of it. Afterwards the STATE that came before may be given back.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);
}

/// <summary>Takes the records of one stream.</summary>
public interface IStreamWriter
{
    /// <summary>Takes a record; nothing of it is safe before a flush.</summary>
    /// <param name="record">A JSON object, which is not known to be well-formed. Valid until the call returns.</param>
    /// <param name="version">Of a full table that is read anew.</param>
    /// <returns>Whether <see cref="DrainAsync"/> must be called before the next.</returns>
    /// <exception cref="System.Text.Json.JsonException">It is not well-formed.</exception>
    /// <exception cref="PluginException">It cannot be kept.</exception>
    bool Write(ReadOnlySpan<byte> record, long? version);

    /// <summary>Hands on what lies in buffers.</summary>
    ValueTask DrainAsync(CancellationToken cancellationToken);

    /// <summary>All records of other versions are gone.</summary>
    ValueTask ActivateVersionAsync(long version, CancellationToken cancellationToken);
}
