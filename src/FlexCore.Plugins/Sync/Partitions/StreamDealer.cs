using System.Text.Json.Nodes;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Singer;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Sync.Partitions;

/// <summary>
/// Deals the selected record streams of a catalog out over several taps. What belongs together stays together: streams of one name, which targets could not tell apart; those of one
/// parent, whose bookmark says how far all of them are; and those that the pipeline names. The same catalog is always dealt in the same way.
/// </summary>
internal static class StreamDealer
{
    /// <summary>The partitions, at least one, or what is wrong.</summary>
    public static (IReadOnlyList<Partition> Partitions, string? Problem) Deal(JsonObject catalog, StreamPartitions rules)
    {
        var all = SingerCatalog.Streams(catalog);
        var unknown = rules.Together.SelectMany(group => group).FirstOrDefault(pattern => !all.Any(stream => SingerCatalog.Glob(pattern, stream.Id)));
        if (unknown is not null) return ([], $"partitions.together: '{unknown}' matches none of: {string.Join(", ", all.Select(stream => stream.Id))}");

        var hands = new List<List<CatalogStream>>();
        foreach (var group in Group([.. all.Where(stream => stream.IsSelected)], rules))
        {
            if (hands.Count < rules.Taps) hands.Add(group);
            else hands.MinBy(hand => hand.Count)!.AddRange(group);
        }

        if (hands.Count == 1) return ([Partition.Whole(catalog.ToElement())], null);
        var partitions = hands.Select((hand, index) => new Partition(
            index + 1,
            SingerCatalog.Only(catalog, hand.Select(stream => stream.Id).ToHashSet(StringComparer.Ordinal)).ToElement(),
            [.. hand.Select(stream => stream.Id)],
            hand.SelectMany(stream => (string[])[stream.Id, stream.Name]).ToHashSet(StringComparer.Ordinal))).ToList();
        return ([.. partitions.Select(partition => partition with { Elsewhere = partitions.Where(other => other != partition).SelectMany(other => other.Names).ToHashSet(StringComparer.Ordinal) })], null);
    }

    /// <summary>What belongs together, in the order of the catalog.</summary>
    private static IEnumerable<List<CatalogStream>> Group(List<CatalogStream> streams, StreamPartitions rules)
    {
        var byTie = new Dictionary<string, List<CatalogStream>>(StringComparer.Ordinal);
        foreach (var stream in streams)
        {
            List<CatalogStream> group = [stream];
            foreach (var tie in Ties(stream, rules))
            {
                if (byTie.TryGetValue(tie, out var other) && other != group)
                {
                    other.AddRange(group);
                    foreach (var moved in group.SelectMany(member => Ties(member, rules)).Where(moved => byTie.GetValueOrDefault(moved) == group).ToList()) byTie[moved] = other;
                    group = other;
                }

                byTie[tie] = group;
            }
        }

        return streams.Select(stream => byTie[Ties(stream, rules).First()]).Distinct();
    }

    private static IEnumerable<string> Ties(CatalogStream stream, StreamPartitions rules) =>
    [
        $"stream {stream.Id}",
        $"stream {stream.Name}",
        .. stream.Parent is { } parent ? (string[])[$"stream {parent}"] : [],
        .. rules.Together.Index().Where(group => group.Item.Any(pattern => SingerCatalog.Glob(pattern, stream.Id))).Select(group => $"together {group.Index}"),
    ];
}
