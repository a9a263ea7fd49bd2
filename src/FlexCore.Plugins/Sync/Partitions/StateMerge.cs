using System.Text.Json;

namespace FlexCore.Plugins.Sync.Partitions;

/// <summary>
/// Makes one state of what the partitions of a sync confirm, with nothing in it that one of them has not reached. What belongs to a record stream is as the partition says that reads it,
/// at the top (<c>{"orders": …}</c>) and within <c>bookmarks</c>. What belongs to none, such as a bookmark of the whole tap, moves only when all partitions say the same of it: until
/// then it stays what it was when they began, for the next run gives it to all of them.
/// </summary>
internal sealed class StateMerge
{
    private const string Bookmarks = "bookmarks";

    private readonly State _start;
    private readonly State?[] _last;
    private readonly Dictionary<string, int> _owners = new(StringComparer.Ordinal);

    /// <param name="start">Where they begin; null where they begin anew.</param>
    /// <param name="names">The names of the record streams of each; none is in two of them.</param>
    public StateMerge(JsonElement? start, IReadOnlyList<IReadOnlySet<string>> names)
    {
        _start = start is { ValueKind: JsonValueKind.Object } value ? State.Of(value) : State.None;
        _last = new State?[names.Count];
        foreach (var (partition, owned) in names.Index())
        {
            foreach (var name in owned) _owners.Add(name, partition);
        }
    }

    /// <summary>Takes the newest STATE that one of them has confirmed. A value that is no object says nothing of any record stream, and is passed over.</summary>
    /// <returns>The state of all.</returns>
    public JsonElement Confirm(int partition, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object) _last[partition] = State.Of(value);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (_last.Append(_start).Any(state => state?.HasBookmarks == true))
            {
                writer.WriteStartObject(Bookmarks);
                Write(writer, state => state.Bookmarks);
                writer.WriteEndObject();
            }

            Write(writer, state => state.Top);
            writer.WriteEndObject();
        }

        return JsonElement.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>What belongs to no record stream and has stayed what it was, although some partitions say something else of it.</summary>
    public IEnumerable<string> FindUnsettled() => [.. FindUnsettled(state => state.Top), .. FindUnsettled(state => state.Bookmarks).Select(name => $"{Bookmarks}.{name}")];

    private IEnumerable<string> FindUnsettled(Func<State, Members> part) => Names(part).Where(name =>
        !_owners.ContainsKey(name) && !IsAgreed(part, name) && _last.OfType<State>().Any(state => !AreSame(part(state).GetValueOrNull(name), part(_start).GetValueOrNull(name))));

    private void Write(Utf8JsonWriter writer, Func<State, Members> part)
    {
        foreach (var name in Names(part))
        {
            if (Find(part, name) is not { } value) continue;
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }
    }

    private JsonElement? Find(Func<State, Members> part, string name)
    {
        var says = _owners.TryGetValue(name, out var owner) ? _last[owner] : IsAgreed(part, name) ? _last[0] : null;
        return part(says ?? _start).GetValueOrNull(name);
    }

    private bool IsAgreed(Func<State, Members> part, string name) =>
        _last.All(state => state is not null && AreSame(part(state).GetValueOrNull(name), part(_last[0]!).GetValueOrNull(name)));

    private IEnumerable<string> Names(Func<State, Members> part) => _last.Prepend(_start).OfType<State>().SelectMany(state => part(state).Keys).Distinct(StringComparer.Ordinal);

    private static bool AreSame(JsonElement? one, JsonElement? other) => one is { } a && other is { } b ? JsonElement.DeepEquals(a, b) : one is null == other is null;

    private sealed class Members() : Dictionary<string, JsonElement>(StringComparer.Ordinal)
    {
        public JsonElement? GetValueOrNull(string name) => TryGetValue(name, out var value) ? value : null;
    }

    private sealed record State(Members Top, Members Bookmarks, bool HasBookmarks)
    {
        public static State None { get; } = new([], [], HasBookmarks: false);

        public static State Of(JsonElement value)
        {
            Members top = [];
            Members bookmarks = [];
            var has = false;
            foreach (var member in value.EnumerateObject())
            {
                if (member.Name != StateMerge.Bookmarks) top[member.Name] = member.Value;
                else if (member.Value.ValueKind == JsonValueKind.Object)
                {
                    has = true;
                    foreach (var bookmark in member.Value.EnumerateObject()) bookmarks[bookmark.Name] = bookmark.Value;
                }
            }

            return new State(top, bookmarks, has);
        }
    }
}
