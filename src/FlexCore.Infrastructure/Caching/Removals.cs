using System.Collections.Concurrent;
using System.IO.Enumeration;

namespace FlexCore.Infrastructure.Caching;

/// <summary>What has become of a kept value.</summary>
internal enum Standing
{
    /// <summary>It is good.</summary>
    Good,

    /// <summary>Nobody knows: it is used only while its source fails.</summary>
    Doubtful,

    /// <summary>It was removed.</summary>
    Removed,
}

/// <summary>A removal of many values at once.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="Name">The key, the tag, the pattern.</param>
/// <param name="At">When, by the clock of the node that removed.</param>
/// <param name="HeardAt">When this node heard of it, by its own clock.</param>
internal sealed record Removal(RemovalKind Kind, string Name, long At, long HeardAt);

/// <summary>What a removal removes. The letters are those of the messages between nodes.</summary>
internal enum RemovalKind
{
    /// <summary>One value. Known to this node alone: the value itself is deleted.</summary>
    Key = 'k',

    /// <summary>All with a tag.</summary>
    Tag = 't',

    /// <summary>All whose keys match, with <c>*</c> for any characters and <c>?</c> for one.</summary>
    Pattern = 'p',
}

/// <summary>
/// What was removed by tag, by pattern, or while its source was being asked. A removal touches no value: each is held against it when it is next used, by the time at which its source was asked. So a removal
/// costs the same for one value and for a million, and a value that was read before a removal and comes after it does not stay.
/// </summary>
/// <param name="node">This one.</param>
/// <param name="longest">How long anything is kept: older removals mean nothing.</param>
/// <param name="time">The clock.</param>
internal sealed class Removals(string node, TimeSpan longest, TimeProvider time)
{
    /// <summary>From so many on, all that is older than now is removed instead.</summary>
    public const int Most = 10_000;

    private static readonly TimeSpan KeysFor = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Removal> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Removal> _tags = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Removal> _patterns = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private volatile int _version = 1;
    private long _last;
    private long _doubtfulUntil;
    private long _ownDoubtfulUntil;
    private long _trimAt;

    /// <summary>A time later than any before it, also than those that were heard from other nodes.</summary>
    public long Now()
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            var now = Math.Max(last + 1, time.GetUtcNow().UtcTicks);
            if (Interlocked.CompareExchange(ref _last, now, last) == last) return now;
        }
    }

    /// <summary>Notes a removal.</summary>
    /// <param name="kind">Of what.</param>
    /// <param name="name">The key, the tag, the pattern.</param>
    /// <param name="at">When, where it was another node's; null for now.</param>
    public Removal Add(RemovalKind kind, string name, long? at = null)
    {
        if (at is { } theirs) Observe(theirs);
        var now = Now();
        var removal = new Removal(kind, name, at ?? now, now);
        lock (_gate)
        {
            var all = Of(kind);
            if (all.Count >= Most || now >= _trimAt) Trim(now);

            // The later one of two holds, also when it is heard first.
            if (all.TryGetValue(name, out var before) && before.At > removal.At) removal = removal with { At = before.At };
            all[name] = removal;
            _version++;
        }

        return removal;
    }

    /// <summary>Puts all that is older than now in doubt: removals may not have been heard.</summary>
    /// <param name="ownOnly">Of what this node asked for itself, where it had no other yet.</param>
    public void Doubt(bool ownOnly)
    {
        lock (_gate)
        {
            _ownDoubtfulUntil = Now();
            if (!ownOnly) _doubtfulUntil = _ownDoubtfulUntil;
            _version++;
        }
    }

    /// <summary>What has become of a kept value.</summary>
    public Standing Judge(Kept kept)
    {
        var version = _version;
        if (kept.JudgedAt == version) return Standing.Good;
        if (IsRemoved(kept)) return Standing.Removed;
        if (kept.AskedAt <= Volatile.Read(ref kept.Node == node ? ref _ownDoubtfulUntil : ref _doubtfulUntil)) return Standing.Doubtful;
        kept.JudgedAt = version;
        return Standing.Good;
    }

    private bool IsRemoved(Kept kept)
    {
        if (Has(_keys, kept.Key, kept)) return true;
        for (var tag = 0; tag < kept.Tags.Count; tag++)
        {
            if (Has(_tags, kept.Tags[tag], kept)) return true;
        }

        if (_patterns.IsEmpty) return false;
        foreach (var (pattern, removal) in _patterns)
        {
            if (IsBefore(kept, removal) && FileSystemName.MatchesSimpleExpression(pattern, kept.Key, ignoreCase: false)) return true;
        }

        return false;
    }

    private bool Has(ConcurrentDictionary<string, Removal> removals, string name, Kept kept) => removals.TryGetValue(name, out var removal) && IsBefore(kept, removal);

    // What this node asked for is held against the time at which it heard, so that clocks that differ do no harm.
    private bool IsBefore(Kept kept, Removal removal) => kept.AskedAt <= (kept.Node == node ? removal.HeardAt : removal.At);

    private ConcurrentDictionary<string, Removal> Of(RemovalKind kind) => kind switch
    {
        RemovalKind.Key => _keys,
        RemovalKind.Tag => _tags,
        _ => _patterns,
    };

    private void Observe(long at)
    {
        while (true)
        {
            // A clock that is far ahead would take this one along.
            var last = Volatile.Read(ref _last);
            if (at <= last || at > time.GetUtcNow().UtcTicks + TimeSpan.TicksPerMinute || Interlocked.CompareExchange(ref _last, at, last) == last) return;
        }
    }

    private void Trim(long now)
    {
        foreach (var removals in (ConcurrentDictionary<string, Removal>[])[_keys, _tags, _patterns])
        {
            foreach (var (name, removal) in removals)
            {
                if (removal.HeardAt + (removal.Kind == RemovalKind.Key ? KeysFor : longest).Ticks < now) removals.TryRemove(name, out _);
            }

            if (removals.Count < Most) continue;
            removals.Clear();
            _patterns["*"] = new Removal(RemovalKind.Pattern, "*", now, now);
        }

        _trimAt = now + TimeSpan.TicksPerMinute;
    }
}
