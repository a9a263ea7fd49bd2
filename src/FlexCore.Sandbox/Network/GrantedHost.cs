using System.Net;
using System.Net.Sockets;

namespace FlexCore.Sandbox.Network;

/// <summary>
/// The addresses of a host that a sandbox was granted. Whoever owns a name decides what it stands for, at any moment anew; so a
/// name never leads to this machine or to a special address, and stays with the kind of address that it stood for at first.
/// </summary>
internal sealed class GrantedHost
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LifetimeOfFailure = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly IPAddress[] ThisMachine = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    private readonly Lock _lock = new();
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly TimeProvider _timeProvider;
    private readonly IPAddress[]? _fixed;
    private Task<IPAddress[]>? _lookup;
    private long _lookedUp;
    private IPAddress[] _lastAnswer = [];
    private AddressKind? _kind;

    public GrantedHost(string name, Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeProvider timeProvider)
    {
        Name = name;
        _resolve = resolve;
        _timeProvider = timeProvider;
        _fixed = IPAddress.TryParse(name, out var address) ? [address] : InsideAddresses.IsLocal(name) ? ThisMachine : null;
    }

    public string Name { get; }

    /// <summary>The addresses that may be connected to now. With none, <c>Refused</c> is one that may not; without that either, the name cannot be resolved.</summary>
    public async ValueTask<(IReadOnlyList<IPAddress> Usable, IPAddress? Refused)> ResolveAsync()
    {
        if (_fixed is not null) return (_fixed, null);
        var answer = await AnswerAsync().ConfigureAwait(false);
        lock (_lock)
        {
            var open = answer.Where(address => AddressKinds.Of(address) is AddressKind.Public or AddressKind.Private).ToList();

            // A public name with a private address among others: that one is not believed.
            if (open.Count > 0) _kind ??= open.Min(AddressKinds.Of);
            var usable = open.Where(address => AddressKinds.Of(address) == _kind).ToList();
            return (usable, usable.Count > 0 ? null : answer.FirstOrDefault());
        }
    }

    /// <summary>The last answer while it is fresh, and when there is no new one. Only one question at a time: each holds a thread of the C library.</summary>
    private async Task<IPAddress[]> AnswerAsync()
    {
        Task<IPAddress[]> lookup;
        lock (_lock)
        {
            var age = _timeProvider.GetElapsedTime(_lookedUp);
            if (_lookup is null || (_lookup.IsCompleted && age > (_lookup.IsCompletedSuccessfully ? Lifetime : LifetimeOfFailure)))
            {
                _lookup = LookUpAsync();
                _lookedUp = _timeProvider.GetTimestamp();
            }

            lookup = _lookup;
        }

        try
        {
            _lastAnswer = await lookup.WaitAsync(Patience, _timeProvider).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            // The name server does not answer, or has nothing to say. What was known still holds.
        }

        return _lastAnswer;
    }

    private async Task<IPAddress[]> LookUpAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // The lock is held.
        return await _resolve(Name, CancellationToken.None).ConfigureAwait(false);
    }
}
