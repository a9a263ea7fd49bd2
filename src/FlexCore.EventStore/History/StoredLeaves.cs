using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore.History;

/// <summary>The leaves of the stored tree around a place that moves towards its end. A leaf is missing where there is the default hash.</summary>
/// <param name="tables">Where the tree is kept.</param>
/// <param name="after">Up to where nothing is looked at, which may lie in files that are away.</param>
/// <param name="size">How many leaves the tree has.</param>
/// <param name="findings">Where to report.</param>
internal sealed class StoredLeaves(ITreeTables tables, long after, long size, Findings findings)
{
    /// <summary>How far behind and ahead of the place leaves can be seen.</summary>
    private const int Behind = 64 * Tile.Width;
    private const int Ahead = 128 * Tile.Width;
    private const int Width = Behind + (2 * Ahead);

    private readonly LogHash[] _leaves = new LogHash[Width];
    private readonly Dictionary<long, LogHash> _parents = [];
    private Dictionary<LogHash, long>? _index;
    private long _start;
    private long _end;

    public LogHash this[long number]
    {
        get => number >= _start && number < _end ? _leaves[number - _start] : default;
        set => _leaves[number - _start] = value;
    }

    /// <summary>Whether the leaves around a number are there without reading.</summary>
    public bool IsAt(long number) => number >= _start && (_end == size || number + Ahead < _end);

    /// <summary>Moves to a number.</summary>
    public async ValueTask MoveAsync(long number, CancellationToken cancellationToken)
    {
        var start = Math.Max(after - (after % Tile.Width), number - (number % Tile.Width) - Behind);
        if (start >= _start && start < _end) _leaves.AsSpan((int)(start - _start), (int)(_end - start)).CopyTo(_leaves);
        else _end = start;
        _start = start;
        _index = null;
        var until = Math.Min(size, start + Width);
        if (_end < until) await ReadAsync(_end / Tile.Width, (until - 1) / Tile.Width, cancellationToken).ConfigureAwait(false);
        _end = until;
    }

    /// <summary>Finds a leaf near by.</summary>
    /// <returns>Its number, -1 when there is none.</returns>
    public long Find(LogHash leaf)
    {
        if (_index is null)
        {
            _index = new Dictionary<LogHash, long>((int)(_end - _start));
            for (var number = _start; number < _end; number++) _index[this[number]] = number;
        }

        return _index.GetValueOrDefault(leaf, -1);
    }

    /// <summary>The root of a full tile of leaves, as it stands in the tile above; the default hash when it does not.</summary>
    public LogHash Parent(long tile) => _parents.GetValueOrDefault(tile);

    private async ValueTask ReadAsync(long first, long last, CancellationToken cancellationToken)
    {
        List<TileId> ids = [];
        for (var tile = first; tile <= last; tile++) ids.Add(new TileId(0, tile));
        for (var tile = _start / Tile.Width / Tile.Width; tile <= last / Tile.Width; tile++) ids.Add(new TileId(1, tile));
        var tiles = await tables.ReadTilesAsync(ids, cancellationToken).ConfigureAwait(false);
        _leaves.AsSpan((int)((first * Tile.Width) - _start)).Clear();
        _parents.Clear();
        for (var i = 0; i < ids.Count; i++)
        {
            var (level, index) = ids[i];
            if (level == 0) TakeLeaves(index, tiles[i].Span);
            else TakeParents(index, tiles[i].Span);
        }
    }

    private void TakeLeaves(long tile, ReadOnlySpan<byte> hashes)
    {
        if (hashes.Length > Tile.Size || hashes.Length % LogHash.Size > 0)
            findings.Report(ViolationKind.TreeChanged, (tile * Tile.Width) + 1, streamId: null, $"The tile {tile} of level 0 of the tree has {hashes.Length} bytes: it was changed.");
        var count = Math.Min(Tile.Width, hashes.Length / LogHash.Size);
        for (var i = 0; i < count; i++) _leaves[(tile * Tile.Width) - _start + i] = new LogHash(hashes.Slice(i * LogHash.Size, LogHash.Size));
    }

    private void TakeParents(long tile, ReadOnlySpan<byte> hashes)
    {
        var count = Math.Min(Tile.Width, hashes.Length / LogHash.Size);
        for (var i = 0; i < count; i++) _parents[(tile * Tile.Width) + i] = new LogHash(hashes.Slice(i * LogHash.Size, LogHash.Size));
    }
}
