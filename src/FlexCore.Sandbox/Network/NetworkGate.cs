using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using FlexCore.Sandbox.Probing;

namespace FlexCore.Sandbox.Network;

/// <summary>
/// The network of one sandbox: exactly the destinations granted to it. It listens inside, where the sandbox finds them, and
/// passes each connection on to where they really are.
/// </summary>
internal sealed class NetworkGate
{
    private const int Backlog = 128;
    private const int IP_FREEBIND = 15;
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly IReadOnlyList<SandboxEndpoint> _endpoints;
    private readonly int _limit;
    private readonly Action<SandboxConnection> _report;
    private readonly TimeProvider _timeProvider;
    private readonly Dictionary<string, GrantedHost> _hosts;
    private readonly LargeBuffers _buffers = new();
    private readonly ConcurrentDictionary<GateConnection, Task> _connections = new();
    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _accepting = [];
    private volatile bool _closing;
    private int _open;

    private NetworkGate(SandboxSpec spec, Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeProvider timeProvider)
    {
        _endpoints = spec.Network;
        _limit = spec.Limits.Connections;
        _report = spec.ConnectionEnded ?? (_ => { });
        _timeProvider = timeProvider;
        _hosts = spec.Network.Select(endpoint => endpoint.Host).Distinct().ToDictionary(host => host, host => new GrantedHost(host, resolve, timeProvider), StringComparer.Ordinal);
    }

    /// <summary>Looks the granted hosts up; null when none is granted. A name that cannot be resolved yet is tried again when it is needed.</summary>
    /// <exception cref="SandboxNetworkException">A name stands for an address that it must not stand for.</exception>
    public static async Task<NetworkGate?> PrepareAsync(
        SandboxSpec spec, Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (spec.Network.Count == 0) return null;
        var gate = new NetworkGate(spec, resolve, timeProvider);
        await Task.WhenAll(gate._hosts.Values.Select(CheckAsync)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return gate;
    }

    /// <summary>Listens in the network namespace of the sandbox, whose program has not begun.</summary>
    /// <exception cref="SandboxUnavailableException">It cannot be done here.</exception>
    public async Task OpenAsync(int pid, long? networkNamespace)
    {
        try
        {
            using var inside = NetworkNamespace.Open(pid, networkNamespace);
            var places = Places();
            _listeners.AddRange(await NetworkNamespace.CreateSocketsAsync(inside, places.Count).ConfigureAwait(false));
            AddLiteralAddresses(places);
            foreach (var (listener, place) in _listeners.Zip(places))
            {
                // bubblewrap may not have brought the interface up yet.
                listener.SetRawSocketOption((int)SocketOptionLevel.IP, IP_FREEBIND, BitConverter.GetBytes(1));
                listener.Bind(place.Key);
                listener.Listen(Backlog);
            }

            _accepting.AddRange(_listeners.Zip(places, (listener, place) => AcceptAsync(listener, place.Value)));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            _listeners.ForEach(listener => listener.Dispose());
            throw new SandboxUnavailableException($"The network that was granted cannot be had here: {e.Message}", Remedies.NetworkGrants);
        }
    }

    /// <summary>
    /// Ends every connection, once no process of the sandbox is left. What these had sent is still passed on, as the kernel would, for
    /// a short while.
    /// </summary>
    public async Task CloseAsync()
    {
        _closing = true;
        _listeners.ForEach(listener => listener.Dispose());
        await Task.WhenAll(_accepting).ConfigureAwait(false);
        var open = _connections.ToArray();
        await Task.WhenAny(Task.WhenAll(open.Select(connection => connection.Key.Sent)), Task.Delay(DrainLimit, _timeProvider)).ConfigureAwait(false);
        foreach (var (connection, _) in open) connection.End();
        await Task.WhenAll(open.Select(connection => connection.Value)).ConfigureAwait(false);
    }

    private static async Task CheckAsync(GrantedHost host)
    {
        if ((await host.ResolveAsync().ConfigureAwait(false)).Refused is { } refused)
        {
            throw new SandboxNetworkException(
                $"{host.Name} stands for {refused}, {AddressKinds.Describe(AddressKinds.Of(refused))}, which a name must not lead to",
                "If that is what you mean, grant the address itself (or localhost).");
        }
    }

    /// <summary>Where the sandbox finds each destination. Of two at one place, such as localhost and 127.0.0.1, the first is served.</summary>
    private Dictionary<IPEndPoint, SandboxEndpoint> Places()
    {
        var addresses = InsideAddresses.Assign(_endpoints);
        var places = new Dictionary<IPEndPoint, SandboxEndpoint>();
        foreach (var endpoint in _endpoints) places.TryAdd(new IPEndPoint(addresses[endpoint.Host], endpoint.Port), endpoint);
        return places;
    }

    private void AddLiteralAddresses(Dictionary<IPEndPoint, SandboxEndpoint> places)
    {
        foreach (var (number, address) in places.Keys.Select(place => place.Address).Distinct().Where(address => !IPAddress.IsLoopback(address)).Index())
        {
            NetworkNamespace.AddAddress(_listeners[0], $"lo:{number}", address);
        }
    }

    private async Task AcceptAsync(Socket listener, SandboxEndpoint destination)
    {
        while (!_closing)
        {
            try
            {
                Serve(await listener.AcceptAsync().ConfigureAwait(false), destination);
            }
            catch (SocketException) when (!_closing)
            {
                // No descriptors are left, or the program has gone again: neither is for ever.
                await Task.Delay(PauseAfterFailure, _timeProvider).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Serve(Socket program, SandboxEndpoint destination)
    {
        if (Interlocked.Increment(ref _open) > _limit)
        {
            Interlocked.Decrement(ref _open);
            program.Close(timeout: 0);
            _report(new SandboxConnection(destination, SandboxConnectionOutcome.OverLimit, null, 0, 0, _timeProvider.GetUtcNow(), TimeSpan.Zero));
            return;
        }

        var connection = new GateConnection(program, destination, _hosts[destination.Host], _buffers, _timeProvider);
        var ended = new TaskCompletionSource();
        _connections[connection] = ended.Task;
        _ = ServeAsync(connection, ended);
    }

    private async Task ServeAsync(GateConnection connection, TaskCompletionSource ended)
    {
        try
        {
            var report = await connection.RunAsync().ConfigureAwait(false);
            Interlocked.Decrement(ref _open);
            _report(report);
            _connections.TryRemove(connection, out _);
            ended.SetResult();
        }
        catch (Exception e) // A bug of ours: it belongs to whoever waits for this sandbox, and not to the whole runtime.
        {
            ended.SetException(e);
        }
    }
}
