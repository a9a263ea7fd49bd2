using System.Collections.Concurrent;
using System.Net;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;

namespace FlexCore.Server.Access;

/// <summary>
/// Keeps count of refused tokens by the address that they came from: whoever guesses is slowed, and the log says that somebody does, once a minute and not for each guess.
/// </summary>
internal sealed class RefusedTokens(IEventLog log, TimeProvider time)
{
    /// <summary>How many may be refused in a minute before each that follows waits.</summary>
    public const int MostInAMinute = 20;

    // Addresses of the last minute; more than these cannot be told apart, and count as one.
    private const int MostAddresses = 10_000;

    // Who shows a token that is none is not known.
    private const string Nobody = "unknown";

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<IPAddress, Count> _counts = new();

    /// <summary>Counts a refused token, and puts the first of a minute on record. Those that are too many wait for a second.</summary>
    /// <returns>When it is worth trying again, for those that are too many; else null.</returns>
    public async Task<TimeSpan?> CountAsync(IPAddress address, string reason, string correlationId, CancellationToken cancellationToken)
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
        if (count.Refused > MostInAMinute)
        {
            await Task.Delay(Delay, time, cancellationToken);
            return Window - time.GetElapsedTime(count.Since) is { Ticks: > 0 } left ? left : Delay;
        }

        if (count.Refused > 1) return null;
        await log.AppendAsync(EventStreams.RefusedTokens, expectedVersion: null, [new TokenRefused(key.ToString(), reason, Math.Max(before, 0))], EventContext.Begin(correlationId) with { Actor = Nobody }, cancellationToken);
        return null;
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
