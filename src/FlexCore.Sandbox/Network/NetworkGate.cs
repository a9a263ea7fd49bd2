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
    private readonly SocketLoop _loop = SocketLoop.Next();

    // Used on the loop's thread alone.
    private readonly Dictionary<GateConnection, Task> _connections = [];
    private readonly List<LoopSocket> _listeners = [];
    private readonly List<Task> _accepting = [];

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
        IReadOnlyList<Socket> listeners = [];
        try
        {
            using var inside = NetworkNamespace.Open(pid, networkNamespace);
            var places = Places();
            listeners = await NetworkNamespace.CreateSocketsAsync(inside, places.Count).ConfigureAwait(false);
            Listen(listeners, places.Keys);
            await _loop.SwitchTo();
            _listeners.AddRange(listeners.Select(_loop.Watch));
            _accepting.AddRange(_listeners.Zip(places.Values, AcceptAsync));
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            foreach (var listener in listeners) listener.Dispose();
            throw new SandboxUnavailableException($"The network that was granted cannot be had here: {e.Message}", Remedies.NetworkGrants);
        }
    }

    /// <summary>
    /// Ends every connection, once no process of the sandbox is left. What these had sent is still passed on, as the kernel would, for
    /// a short while.
    /// </summary>
    public async Task CloseAsync()
    {
        await _loop.SwitchTo();
        _listeners.ForEach(listener => listener.Close());
        await Task.WhenAll(_accepting).ConfigureAwait(false);
        await _loop.SwitchTo();
        var sent = Task.WhenAll(_connections.Keys.Select(connection => connection.Sent));
        await Task.WhenAny(sent, Task.Delay(DrainLimit, _timeProvider)).ConfigureAwait(false);
        await _loop.SwitchTo();
        var ended = Task.WhenAll(_connections.Values);
        foreach (var connection in _connections.Keys.ToList()) connection.End();
        await ended.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
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

    private static void Listen(IReadOnlyList<Socket> listeners, IReadOnlyCollection<IPEndPoint> places)
    {
        foreach (var (number, address) in places.Select(place => place.Address).Distinct().Where(address => !IPAddress.IsLoopback(address)).Index())
        {
            NetworkNamespace.AddAddress(listeners[0], $"lo:{number}", address);
        }

        foreach (var (listener, place) in listeners.Zip(places))
        {
            // bubblewrap may not have brought the interface up yet.
            listener.SetRawSocketOption((int)SocketOptionLevel.IP, IP_FREEBIND, BitConverter.GetBytes(1));
            listener.Blocking = false;
            listener.Bind(place);
            listener.Listen(Backlog);
        }
    }

    private async Task AcceptAsync(LoopSocket listener, SandboxEndpoint destination)
    {
        while (true)
        {
            try
            {
                if (listener.Accept() is { } program)
                {
                    Serve(program, destination);
                    await _loop.Yield();
                }
                else
                {
                    await listener.WhenReadable();
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (IOException)
            {
                // The program has gone again, or no descriptors are left: neither is for ever.
                await Task.Delay(PauseAfterFailure, _timeProvider).ConfigureAwait(false);
                await _loop.SwitchTo();
            }
        }
    }

    private void Serve(Socket program, SandboxEndpoint destination)
    {
        if (_connections.Count < _limit)
        {
            var connection = new GateConnection(_loop, program, destination, _hosts[destination.Host], _timeProvider);
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _connections[connection] = ended.Task;
            _ = ServeAsync(connection, ended);
            return;
        }

        program.Close(timeout: 0);
        _report(new SandboxConnection(destination, SandboxConnectionOutcome.OverLimit, null, 0, 0, _timeProvider.GetUtcNow(), TimeSpan.Zero));
    }

    private async Task ServeAsync(GateConnection connection, TaskCompletionSource ended)
    {
        try
        {
            var connected = await connection.RunAsync().ConfigureAwait(false);
            await _loop.SwitchTo();
            _report(connected);
            _connections.Remove(connection);
            ended.SetResult();
        }
        catch (Exception e) // A bug of ours: it belongs to whoever waits for this sandbox, and not to the whole runtime.
        {
            ended.SetException(e);
        }
    }
}
