namespace FlexCore.EventStore.Merkle;

/// <summary>Lets a tree grow, and gives out what of it has to be kept. It holds only the open end: at most 63 hashes of each level. Not for several threads at once.</summary>
internal sealed class TreeBuilder
{
    private readonly List<OpenTile> _levels = [];
    private readonly List<Tile> _full = [];

    /// <summary>Begins a tree.</summary>
    public TreeBuilder()
    {
    }

    /// <summary>Goes on with a tree.</summary>
    /// <param name="size">How many leaves it has.</param>
    /// <param name="open">The hashes of each tile of <see cref="Tile.OpenIn"/>, in that order; more of them, from a larger tree, do no harm.</param>
    /// <exception cref="InvalidDataException">Some are missing.</exception>
    public TreeBuilder(long size, IReadOnlyList<ReadOnlyMemory<byte>> open)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Size = size;
        var ids = Tile.OpenIn(size);
        if (open.Count != ids.Count) throw new InvalidDataException($"A tree of {size} leaves has {ids.Count} open tiles, not {open.Count}.");
        var next = 0;
        for (var subtrees = size; subtrees > 0; subtrees >>= Tile.Height)
        {
            var level = new OpenTile { Index = subtrees >> Tile.Height };
            var count = (int)(subtrees % Tile.Width);
            if (count > 0) level.Fill(new Tile(ids[next], open[next++]).Take(count));
            _levels.Add(level);
        }
    }

    /// <summary>How many leaves the tree has.</summary>
    public long Size { get; private set; }

    /// <summary>The root of the tree as it is now.</summary>
    public LogHash Root
    {
        get
        {
            Span<byte> hashes = stackalloc byte[Tile.Size];
            LogHash? incomplete = null;
            foreach (var level in _levels)
            {
                var length = level.Count * LogHash.Size;
                level.Hashes.Span.CopyTo(hashes);
                if (incomplete is { } last)
                {
                    last.CopyTo(hashes[length..]);
                    length += LogHash.Size;
                }

                if (length > 0) incomplete = MerkleHash.Fold(hashes[..length]);
            }

            return incomplete ?? MerkleHash.EmptyRoot;
        }
    }

    /// <summary>Adds a leaf behind the last one.</summary>
    public void Add(LogHash leaf)
    {
        Size++;
        Add(leaf, level: 0);
    }

    /// <summary>Gives out what has to be kept since it was last asked for: tiles that have become full, and those at the ends of the levels that have grown.</summary>
    public IReadOnlyList<Tile> TakeTiles()
    {
        List<Tile> tiles = [.. _full];
        _full.Clear();
        for (var level = 0; level < _levels.Count; level++)
        {
            var open = _levels[level];
            if (open.HasGrown) tiles.Add(new Tile(new TileId(level, open.Index), open.Hashes.ToArray()));
            open.HasGrown = false;
        }

        return tiles;
    }

    private void Add(LogHash hash, int level)
    {
        if (_levels.Count == level) _levels.Add(new OpenTile());
        var open = _levels[level];
        open.Add(hash);
        if (open.Count < Tile.Width) return;
        _full.Add(new Tile(new TileId(level, open.Index), open.Hashes));
        _levels[level] = new OpenTile { Index = open.Index + 1 };
        Span<byte> hashes = stackalloc byte[Tile.Size];
        open.Hashes.Span.CopyTo(hashes);
        Add(MerkleHash.Fold(hashes), level + 1);
    }

    private sealed class OpenTile
    {
        private readonly byte[] _hashes = new byte[Tile.Size];

        public long Index { get; init; }

        public int Count { get; private set; }

        public bool HasGrown { get; set; }

        public ReadOnlyMemory<byte> Hashes => _hashes.AsMemory(0, Count * LogHash.Size);

        public void Fill(ReadOnlySpan<byte> hashes)
        {
            hashes.CopyTo(_hashes);
            Count = hashes.Length / LogHash.Size;
        }

        public void Add(LogHash hash)
        {
            hash.CopyTo(_hashes.AsSpan(Count++ * LogHash.Size));
            HasGrown = true;
        }
    }
}
