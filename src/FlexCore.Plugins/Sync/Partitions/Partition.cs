using System.Text;
using System.Text.Json;

namespace FlexCore.Plugins.Sync.Partitions;

/// <summary>What one of the taps of a sync is to read.</summary>
/// <param name="Number">Counted from 1; 0 where the sync has only this one.</param>
/// <param name="Catalog">For the tap; null where it selects by itself.</param>
/// <param name="Streams">The ids of its record streams.</param>
/// <param name="Names">All names that these go by, in messages and in the state.</param>
internal sealed record Partition(int Number, JsonElement? Catalog, IReadOnlyList<string> Streams, IReadOnlySet<string> Names)
{
    private const int MostTold = 5;

    /// <summary>The names of all record streams that other partitions read.</summary>
    public IReadOnlySet<string> Elsewhere { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>A sync with one tap.</summary>
    public static Partition Whole(JsonElement? catalog) => new(0, catalog, [], new HashSet<string>(StringComparer.Ordinal));

    /// <summary>What a plugin of it is called in logs.</summary>
    public string NameOf(string plugin) => Number == 0 ? plugin : $"{plugin}/{Number}";

    /// <summary>Whether another partition reads a record stream.</summary>
    public bool IsElsewhere(byte[] stream) => Elsewhere.Count > 0 && Elsewhere.Contains(Encoding.UTF8.GetString(stream));

    /// <summary>Which it is, for people.</summary>
    public override string ToString() =>
        $"partition {Number} ({string.Join(", ", Streams.Take(MostTold))}{(Streams.Count > MostTold ? $" and {Streams.Count - MostTold} more" : "")})";
}
