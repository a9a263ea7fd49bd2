namespace FlexCore.Domain.Pipelines;

/// <summary>The order that <c>needs</c> asks for.</summary>
public static class StepGraph
{
    /// <summary>
    /// Sorts steps so that each comes after all that it needs, keeping the given order where it is free (Kahn's algorithm).
    /// </summary>
    /// <param name="needs">For each step, in the order of the file, the steps it needs; all of them are keys.</param>
    /// <returns>The order, or the steps of one circle, each needed by the one before it.</returns>
    public static (IReadOnlyList<string> Order, IReadOnlyList<string>? Cycle) Sort(IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> needs)
    {
        var waiting = needs.ToList();
        var done = new HashSet<string>(StringComparer.Ordinal);
        var order = new List<string>(needs.Count);
        while (waiting.Count > 0)
        {
            var ready = waiting.FindIndex(step => step.Value.All(done.Contains));
            if (ready < 0) return (order, FindCycle(waiting));
            done.Add(waiting[ready].Key);
            order.Add(waiting[ready].Key);
            waiting.RemoveAt(ready);
        }

        return (order, null);
    }

    private static List<string> FindCycle(List<KeyValuePair<string, IReadOnlyList<string>>> stuck)
    {
        // Every stuck step needs a stuck step, so following them must come back to one already seen.
        var stuckNeeds = stuck.ToDictionary(step => step.Key, step => step.Value, StringComparer.Ordinal);
        var path = new List<string> { stuck[0].Key };
        while (true)
        {
            var next = stuckNeeds[path[^1]].First(stuckNeeds.ContainsKey);
            var seen = path.IndexOf(next);
            if (seen >= 0) return [.. path[seen..], next];
            path.Add(next);
        }
    }
}
