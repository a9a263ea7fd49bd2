using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore.History;

/// <summary>Makes the tree anew from its stored leaves, and compares it with the events on one side, with its upper tiles and the checkpoints on the other.</summary>
internal sealed class TreeVerifier(ITreeTables tables, TreeBuilder tree, long size, CheckpointVerifier checkpoints, Findings findings)
{
    /// <summary>A longer one is no damage but a made-up position: it would take too long to go through.</summary>
    private const long MaxHole = 1_000_000;

    /// <summary>The tile at the end of each level above the leaves.</summary>
    private readonly Dictionary<int, Tile> _open = [];
    private readonly StoredLeaves _leaves = new(tables, tree.Size, size, findings);

    /// <summary>By how much the leaf of an event has another number than its position says, since events were put in or taken out and the rest renumbered.</summary>
    private long _shift;
    private long _missing = -1;
    private long _stop;

    public LogHash Root => tree.Root;

    public ValueTask BeginAsync(CancellationToken cancellationToken) => StopAsync(cancellationToken);

    /// <summary>Where positions have a gap, whether no event is missing there: the rest was only given higher positions.</summary>
    public async ValueTask<bool> IsOnlyMovedAsync(long next, LogPage page, int i, CancellationToken cancellationToken)
    {
        var number = next - 1 + _shift;
        if (number < 0 || number >= size) return false;
        if (!_leaves.IsAt(number)) await _leaves.MoveAsync(number, cancellationToken).ConfigureAwait(false);
        if (_leaves[number] != page.Leaf(i)) return false;
        _shift -= page[i].Position - next;
        return true;
    }

    /// <summary>Compares the next event with its leaf, and lets the tree grow up to it.</summary>
    public ValueTask<Place> PlaceAsync(LogPage page, int i, LogPage next, CancellationToken cancellationToken)
    {
        var leaf = page.Leaf(i);
        var number = page[i].Position - 1 + _shift;
        if (number != tree.Size || number >= size || !_leaves.IsAt(number) || _leaves[number] != leaf || number + 1 == _stop) return FindPlaceAsync(page, i, next, number, cancellationToken);
        // Nothing to wait for, as nearly always: an asynchronous method would cost as much as all the rest here.
        tree.Add(leaf);
        return ValueTask.FromResult(Place.Sealed);
    }

    /// <summary>Compares what stands above the leaves so far.</summary>
    public async ValueTask CompareTilesAsync(CancellationToken cancellationToken)
    {
        var full = TakeFull();
        if (tree.Size <= size && full.Count > 0) await CompareAsync(full, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Follows the tree from the last event up to its end.</summary>
    public async ValueTask FinishAsync(long lastPosition, CancellationToken cancellationToken)
    {
        while (tree.Size < size && await StoredAsync(tree.Size, cancellationToken).ConfigureAwait(false) is var leaf && leaf != default)
        {
            await AddAsync(leaf, cancellationToken).ConfigureAwait(false);
            if (tree.Size % (64 * Tile.Width) == 0) await CompareTilesAsync(cancellationToken).ConfigureAwait(false);
        }

        if (tree.Size < size) ReportMissing(tree.Size);
        var wanted = Math.Max(size, await checkpoints.FinishAsync(cancellationToken).ConfigureAwait(false));
        if (lastPosition + _shift < wanted)
        {
            var position = lastPosition + 1;
            findings.Report(ViolationKind.Truncated, position, streamId: null, $"The log ends before position {position}, and there was a log of {wanted} events.");
        }
    }

    private async ValueTask<Place> FindPlaceAsync(LogPage page, int i, LogPage next, long number, CancellationToken cancellationToken)
    {
        var leaf = page.Leaf(i);
        if (tree.Size < Math.Min(number, size)) await CatchUpAsync(Math.Min(number, size), cancellationToken).ConfigureAwait(false);
        if (number >= size)
        {
            await AddAsync(leaf, cancellationToken).ConfigureAwait(false);
            return Place.Open;
        }

        if (!_leaves.IsAt(number)) await _leaves.MoveAsync(number, cancellationToken).ConfigureAwait(false);
        var stored = _leaves[number];
        if (stored == default)
        {
            ReportMissing(number);
            await AddAsync(leaf, cancellationToken).ConfigureAwait(false);
            return Place.Open;
        }

        if (stored != leaf) return await ExplainAsync(page, i, next, number, cancellationToken).ConfigureAwait(false);
        await AddAsync(leaf, cancellationToken).ConfigureAwait(false);
        return Place.Sealed;
    }

    private async ValueTask CatchUpAsync(long number, CancellationToken cancellationToken)
    {
        while (tree.Size < number)
        {
            var leaf = await StoredAsync(tree.Size, cancellationToken).ConfigureAwait(false);
            if (leaf == default)
            {
                ReportMissing(tree.Size);
                if (number - tree.Size > MaxHole) return;
            }

            await AddAsync(leaf, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<LogHash> StoredAsync(long number, CancellationToken cancellationToken)
    {
        if (!_leaves.IsAt(number)) await _leaves.MoveAsync(number, cancellationToken).ConfigureAwait(false);
        return _leaves[number];
    }

    /// <summary>Finds out how an event comes to stand where the tree has another one.</summary>
    private async ValueTask<Place> ExplainAsync(LogPage page, int i, LogPage next, long number, CancellationToken cancellationToken)
    {
        var (recorded, leaf, stored) = (page[i], page.Leaf(i), _leaves[number]);
        var origin = _leaves.Find(leaf);
        var storedComesLater = page.Find(stored) > i || next.Find(stored) >= 0;
        if (origin > number && !storedComesLater)
        {
            var missing = origin - number;
            findings.Lost += missing;
            findings.Report(ViolationKind.Removed, recorded.Position, streamId: null, $"{(missing == 1 ? "An event is" : $"{missing} events are")} missing before position {recorded.Position}, and those behind were renumbered.");
            _shift += missing;
            await CatchUpAsync(origin, cancellationToken).ConfigureAwait(false);
            await AddAsync(leaf, cancellationToken).ConfigureAwait(false);
            return Place.Sealed;
        }

        if (origin < 0 && storedComesLater)
        {
            _shift--;
            findings.Report(ViolationKind.Inserted, recorded, "was put in later, and those behind were renumbered.");
            return Place.Reported;
        }

        findings.Lost++;
        if (origin >= 0)
        {
            await AddAsync(stored, cancellationToken).ConfigureAwait(false);
            findings.Report(ViolationKind.Reordered, recorded, $"is the one that was at position {origin + 1}.");
            return Place.Reported;
        }

        if (!IsTileChanged(page, i, next, number))
        {
            await AddAsync(stored, cancellationToken).ConfigureAwait(false);
            return Place.Replaced;
        }

        findings.Lost--;
        findings.Report(ViolationKind.TreeChanged, number + 1, streamId: null, $"The leaf of position {number + 1} in the tile {number / Tile.Width} of level 0 of the tree is another one than the tile above says: it was changed.");
        _leaves[number] = leaf;
        await AddAsync(leaf, cancellationToken).ConfigureAwait(false);
        return Place.Sealed;
    }

    /// <summary>Whether the hash above the tile speaks for the events and against its leaves.</summary>
    private bool IsTileChanged(LogPage page, int i, LogPage next, long number)
    {
        var first = number - (number % Tile.Width);
        var parent = _leaves.Parent(number / Tile.Width);
        if (parent == default || first + Tile.Width > size) return false;
        Span<byte> hashes = stackalloc byte[Tile.Size];
        for (var k = 0; k < Tile.Width; k++)
        {
            var ahead = (int)(i + first + k - number);
            var leaf = ahead < i ? _leaves[first + k]
                : ahead < page.Count ? page.Leaf(ahead)
                : ahead - page.Count < next.Count ? next.Leaf(ahead - page.Count)
                : default;
            leaf.CopyTo(hashes[(k * LogHash.Size)..]);
        }

        return MerkleHash.Fold(hashes) == parent;
    }

    private void ReportMissing(long number)
    {
        if (_missing != number - 1)
            findings.Report(ViolationKind.TreeChanged, number + 1, streamId: null, $"The tile {number / Tile.Width} of level 0 of the tree does not have the leaf of position {number + 1}.");
        _missing = number;
    }

    private ValueTask AddAsync(LogHash leaf, CancellationToken cancellationToken)
    {
        tree.Add(leaf);
        return tree.Size == _stop ? StopAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <summary>Compares what is known of the tree at this size.</summary>
    private async ValueTask StopAsync(CancellationToken cancellationToken)
    {
        if (tree.Size == size && size > 0) await CompareAsync([.. TakeFull(), .. _open.Values], cancellationToken).ConfigureAwait(false);
        var next = await checkpoints.CompareAsync(tree.Size, tree.Root, cancellationToken).ConfigureAwait(false);
        _stop = tree.Size < size ? Math.Min(size, next) : next;
    }

    /// <summary>Takes the tiles above the leaves that have become full; those that still grow wait for the end of the tree.</summary>
    private List<Tile> TakeFull()
    {
        var full = new List<Tile>();
        foreach (var tile in tree.TakeTiles().Where(tile => tile.Id.Level > 0))
        {
            if (tile.Hashes.Length < Tile.Size)
            {
                _open[tile.Id.Level] = tile;
                continue;
            }

            full.Add(tile);
            _open.Remove(tile.Id.Level);
        }

        return full;
    }

    private async ValueTask CompareAsync(List<Tile> made, CancellationToken cancellationToken)
    {
        if (made.Count == 0) return;
        var stored = await tables.ReadTilesAsync([.. made.Select(tile => tile.Id)], cancellationToken).ConfigureAwait(false);
        var grown = tree.Size == size ? await tables.ReadSizeAsync(cancellationToken).ConfigureAwait(false) : size;
        for (var i = 0; i < made.Count; i++)
        {
            var (id, hashes) = (made[i].Id, made[i].Hashes);
            var same = stored[i].Span.CommonPrefixLength(hashes.Span) / LogHash.Size;
            if (same * LogHash.Size < hashes.Length) ReportTile(id, same, "does not follow from those below it");
            else if (stored[i].Length > MaxLength(id, grown)) ReportTile(id, same, "is of a greater tree");
        }
    }

    /// <summary>How many bytes a tile can have in a tree of that size: others may have sealed more meanwhile.</summary>
    private static long MaxLength(TileId id, long size) => Math.Min(Tile.Width, (size >> (Tile.Height * id.Level)) - (id.Index * Tile.Width)) * LogHash.Size;

    private void ReportTile(TileId id, int index, string fault)
    {
        var first = (((id.Index * Tile.Width) + index) << (Tile.Height * id.Level)) + 1;
        findings.Report(ViolationKind.TreeChanged, first, streamId: null, $"The hash {index} of the tile {id.Index} of level {id.Level} of the tree, over the events from position {first} on, {fault}: it was changed.");
    }
}
