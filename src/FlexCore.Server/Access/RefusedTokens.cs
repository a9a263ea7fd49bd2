using System.Collections.Concurrent;
using System.Net;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;

namespace FlexCore.Server.Access;

/// <summary>
/// Keeps count of refused tokens by the address that they came from: whoever guesses has to wait, and the log says that somebody does, once a minute and not for each guess.
/// </summary>
internal sealed class RefusedTokens(IEventLog log, TimeProvider time)
{
    /// <summary>How many may be refused in a minute before the rest has to wait for its end.</summary>
    public const int MostInAMinute = 20;

    // Addresses of the last minute; more than these cannot be told apart, and count as one.
    private const int MostAddresses = 10_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<IPAddress, Count> _counts = new();

    /// <summary>How long an address has to wait before it may ask again; null for not at all.</summary>
    public TimeSpan? MustWait(IPAddress address)
    {
        if (!_counts.TryGetValue(KeyOf(address), out var count)) return null;
        var left = Window - time.GetElapsedTime(count.Since);
        return count.Refused >= MostInAMinute && left > TimeSpan.Zero ? left : null;
    }

    /// <summary>Counts a refused token, and puts the first of a minute on record.</summary>
    public async Task CountAsync(IPAddress address, string reason, CancellationToken cancellationToken)
    {
        var key = KeyOf(address);
        var before = 0;
        var count = _counts.AddOrUpdate(
            key,
            _ => new Count(time.GetTimestamp(), 1),
            (_, old) =>
            {
                before = old.Refused - 1;
                return time.GetElapsedTime(old.Since) >= Window ? new Count(time.GetTimestamp(), 1) : old with { Refused = old.Refused + 1 };
            });
        if (count.Refused > 1) return;
        await log.AppendAsync(EventStreams.RefusedTokens, expectedVersion: null, [new TokenRefused(key.ToString(), reason, Math.Max(before, 0))], EventContext.New(Guid.CreateVersion7()), cancellationToken);
    }

    private IPAddress KeyOf(IPAddress address)
    {
        if (_counts.Count < MostAddresses || _counts.ContainsKey(address)) return address;
        foreach (var (old, count) in _counts)
        {
            if (time.GetElapsedTime(count.Since) >= Window) _counts.TryRemove(old, out _);
        }

        return _counts.Count < MostAddresses ? address : IPAddress.None;
    }

    /// <param name="Since">When the first was refused.</param>
    /// <param name="Refused">How many were.</param>
    private sealed record Count(long Since, int Refused);
}
