using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.Transforms;

namespace FlexCore.Plugins.Sync;

/// <summary>What looks into the messages of one flow.</summary>
internal sealed class FlowStages : IDisposable
{
    private readonly ValidationMode _mode;
    private readonly IReadOnlyList<RecordMapper> _mappers;
    private readonly HashSet<RecordMapper> _used = [];
    private readonly StageScratch _scratch;
    private bool _hasStreams;

    /// <param name="mode">What happens to records that do not fit their schema.</param>
    /// <param name="maps">In order.</param>
    /// <param name="maskKey">For the masks among them; read only when there is one that needs it.</param>
    /// <param name="isMaskedElsewhere">Whether another flow of the step masks what may pass here too.</param>
    public FlowStages(ValidationMode mode, IReadOnlyList<RecordMap> maps, MaskKey maskKey, bool isMaskedElsewhere = false)
    {
        _mode = mode;
        HidesContent = isMaskedElsewhere || maps.Any(map => map.Mask.Count > 0);
        _scratch = new StageScratch(HidesContent);
        var key = maps.Any(map => map.Mask.Values.Any(mask => mask.Kind == MaskKind.Hmac)) ? maskKey.Read() : [];
        _mappers = [.. maps.Select(map => new RecordMapper(map, key))];
    }

    /// <summary>Whether messages must quote nothing of what passes: some of it is to be masked.</summary>
    public bool HidesContent { get; }

    /// <summary>What maps are for, and whether any of it came; nothing where no record stream came at all. A misspelt name would leave a map's masks off in silence.</summary>
    public IEnumerable<(string Map, bool Came)> MappedStreams => _hasStreams ? _mappers.Select(mapper => (mapper.Stream, _used.Contains(mapper))) : [];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var mapper in _mappers) mapper.Dispose();
    }

    /// <summary>What looks into a record stream; null when nothing does.</summary>
    public StreamStages? For(byte[] stream)
    {
        var mappers = _mappers.Where(mapper => mapper.Applies(stream)).ToArray();
        _used.UnionWith(mappers);
        _hasStreams = true;
        return mappers.Length == 0 && _mode == ValidationMode.Off ? null : new StreamStages(_mode, mappers, _scratch);
    }
}

/// <summary>What the stages of one flow work with, one message at a time.</summary>
/// <param name="hidesContent">Whether messages must quote nothing of what passes.</param>
internal sealed class StageScratch(bool hidesContent)
{
    private LineBuffer _read = new();
    private LineBuffer _written = new();

    /// <summary>The message.</summary>
    public JsonTape Tape { get; } = new() { NamesKeys = !hidesContent };

    /// <summary>Where in a record something is wrong (a JSON pointer, empty for the record itself), as far as it may be told: the names below a field may be values that are to be hidden.</summary>
    public string Place(string pointer) =>
        hidesContent && pointer.Length > 0 && pointer.IndexOf('/', 1) is > 0 and var below ? $"{pointer[..below]}/…" : pointer;

    /// <summary>Where the next map writes. What the one before it has written is on the tape then.</summary>
    public LineBuffer Next(bool isFirst)
    {
        if (!isFirst && Tape.Read(_written.Memory) is { } problem) throw new InvalidOperationException($"what a map wrote {problem}");
        (_read, _written) = (_written, _read);
        _written.Clear();
        return _written;
    }
}
