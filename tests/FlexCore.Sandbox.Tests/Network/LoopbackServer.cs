using System.Net;
using System.Net.Sockets;

namespace FlexCore.Sandbox.Tests.Network;

/// <summary>A TCP server on the host's loopback.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Task _accepting;
    private readonly List<Task> _serving = [];

    public LoopbackServer(Func<Socket, Task> serve, IPAddress? address = null, int port = 0)
    {
        address ??= IPAddress.Loopback;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, port));
        _listener.Listen(512);
        _accepting = AcceptAsync(serve);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public SandboxEndpoint AsLocalhost => new("localhost", Port);

    /// <summary>Sends back what it gets.</summary>
    public static LoopbackServer Echo(IPAddress? address = null) => new(
        async socket =>
        {
            var buffer = new byte[64 * 1024];
            while (await socket.ReceiveAsync(buffer) is var count && count > 0) await SendAsync(socket, buffer.AsMemory(0, count));
        },
        address);

    /// <summary>Reads until the end, or until the other side resets the connection (null).</summary>
    public static async Task<byte[]?> ReadToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer) is var count && count > 0) all.Write(buffer, 0, count);
            return all.ToArray();
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes)..];
    }

    /// <summary>Fails when serving a connection has.</summary>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_serving).WaitAsync(Plugin.Patience);
    }

    private async Task AcceptAsync(Func<Socket, Task> serve)
    {
        try
        {
            while (true) _serving.Add(ServeAsync(await _listener.AcceptAsync(), serve));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private static async Task ServeAsync(Socket socket, Func<Socket, Task> serve)
    {
        using (socket) await serve(socket);
    }
}
