namespace FlexCore.Application.Pipelines;

/// <summary>Compares texts line by line.</summary>
internal static class LineDiff
{
    private const int Context = 3;

    // What lies between the first and the last difference is compared line with line up to so many pairs (16 MiB); more is shown as replaced altogether.
    private const long MostPairs = 4 * 1024 * 1024;

    /// <summary>The hunks of a unified diff: what has gone with <c>-</c>, what has come with <c>+</c>, and some lines around that.</summary>
    public static IEnumerable<string> Between(IReadOnlyList<string> older, IReadOnlyList<string> newer)
    {
        var edits = Compare(older, newer);
        var next = 0;
        while (edits.FindIndex(next, edit => edit.Sign != ' ') is >= 0 and var first)
        {
            // A hunk goes on as long as the lines between two differences are all context of one or the other.
            var last = first;
            for (var i = first; i < edits.Count && i - last <= 2 * Context; i++) last = edits[i].Sign == ' ' ? last : i;
            var (begin, end) = (Math.Max(next, first - Context), Math.Min(edits.Count, last + Context + 1));
            var hunk = edits[begin..end];
            yield return $"@@ -{Range(edits[..begin], hunk, '+')} +{Range(edits[..begin], hunk, '-')} @@";
            foreach (var (sign, line) in hunk) yield return sign + line;
            next = end;
        }
    }

    /// <summary>Where a hunk lies in one of the texts: that which has none of the lines with the sign.</summary>
    private static string Range(List<(char Sign, string Line)> before, List<(char Sign, string Line)> hunk, char others)
    {
        var count = hunk.Count(edit => edit.Sign != others);
        var start = before.Count(edit => edit.Sign != others) + (count == 0 ? 0 : 1);
        return count == 1 ? $"{start}" : $"{start},{count}";
    }

    private static List<(char Sign, string Line)> Compare(IReadOnlyList<string> older, IReadOnlyList<string> newer)
    {
        var head = older.Zip(newer).TakeWhile(pair => pair.First == pair.Second).Count();
        var tail = older.Skip(head).Reverse().Zip(newer.Skip(head).Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        return
        [
            .. older.Take(head).Select(line => (' ', line)),
            .. CompareMiddle([.. older.Take(older.Count - tail).Skip(head)], [.. newer.Take(newer.Count - tail).Skip(head)]),
            .. older.Skip(older.Count - tail).Select(line => (' ', line)),
        ];
    }

    private static List<(char Sign, string Line)> CompareMiddle(string[] older, string[] newer)
    {
        if ((older.Length + 1L) * (newer.Length + 1L) > MostPairs) return [.. older.Select(line => ('-', line)), .. newer.Select(line => ('+', line))];

        // The length of the longest common subsequence of what follows each pair of places.
        var common = new int[older.Length + 1, newer.Length + 1];
        for (var i = older.Length - 1; i >= 0; i--)
        {
            for (var j = newer.Length - 1; j >= 0; j--)
                common[i, j] = older[i] == newer[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        var edits = new List<(char Sign, string Line)>();
        var (at, to) = (0, 0);
        while (at < older.Length || to < newer.Length)
        {
            if (at < older.Length && to < newer.Length && older[at] == newer[to])
            {
                edits.Add((' ', older[at]));
                (at, to) = (at + 1, to + 1);
            }
            else if (to == newer.Length || (at < older.Length && common[at + 1, to] >= common[at, to + 1]))
            {
                edits.Add(('-', older[at++]));
            }
            else
            {
                edits.Add(('+', newer[to++]));
            }
        }

        return edits;
    }
}
