using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Network;

/// <summary>
/// The network namespace of a sandbox, seen from the host. A socket belongs for ever to the namespace of the thread that made it,
/// and from then on anybody who has it can bind it there, listen and accept.
/// </summary>
internal static unsafe partial class NetworkNamespace
{
    private const int CLONE_NEWNET = 0x4000_0000;
    private const nuint SIOCSIFADDR = 0x8916;
    private const nuint SIOCSIFNETMASK = 0x891C;
    private const int InterfaceNameSize = 16;
    private const int InterfaceRequestSize = 40;

    /// <summary>Opens the namespace of a process, which must be the one of this number: the process may have ended, and its pid be another's.</summary>
    public static SafeFileHandle Open(int pid, long? number)
    {
        var handle = Libc.Open($"/proc/{pid}/ns/net", Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        if (handle.IsInvalid) throw Libc.LastError("open a network namespace");
        if (new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget == $"net:[{number}]") return handle;
        handle.Dispose();
        throw new IOException("the sandbox has ended");
    }

    /// <summary>Makes TCP sockets there.</summary>
    public static Task<IReadOnlyList<Socket>> CreateSocketsAsync(SafeFileHandle networkNamespace, int count) =>
        Environment.IsPrivilegedProcess ? CreateInThreadAsync(networkNamespace, count) : ForeignSockets.CreateAsync(networkNamespace, count);

    /// <summary>Gives the loopback interface of a socket's namespace another address (netdevice(7)), under a name such as <c>lo:0</c>.</summary>
    public static void AddAddress(Socket socket, string label, IPAddress address)
    {
        Configure(socket, SIOCSIFADDR, label, address);
        Configure(socket, SIOCSIFNETMASK, label, IPAddress.Broadcast); // Without it, all of the old class A, B or C would be local.
    }

    /// <summary>As root a thread of ours goes there. It never comes back: nothing else may ever run on it.</summary>
    private static Task<IReadOnlyList<Socket>> CreateInThreadAsync(SafeFileHandle networkNamespace, int count)
    {
        var result = new TaskCompletionSource<IReadOnlyList<Socket>>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            var made = new List<Socket>();
            try
            {
                Libc.ThrowIfFailed(SetNamespace(networkNamespace, CLONE_NEWNET), "setns");
                while (made.Count < count) made.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
                result.SetResult(made);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                made.ForEach(socket => socket.Dispose());
                result.SetException(e);
            }
        })
        {
            Name = "flexcore-netns",
            IsBackground = true,
        }.UnsafeStart();
        return result.Task;
    }

    private static void Configure(Socket socket, nuint request, string label, IPAddress address)
    {
        // struct ifreq: the name, then a struct sockaddr_in, of which the port is 0.
        Span<byte> interfaceRequest = stackalloc byte[InterfaceRequestSize];
        interfaceRequest.Clear();
        Encoding.ASCII.GetBytes(label, interfaceRequest[..InterfaceNameSize]);
        MemoryMarshal.Write(interfaceRequest[InterfaceNameSize..], (ushort)AddressFamily.InterNetwork);
        address.TryWriteBytes(interfaceRequest[(InterfaceNameSize + 4)..], out _);
        fixed (byte* pointer = interfaceRequest)
        {
            Libc.ThrowIfFailed(Ioctl(socket.SafeHandle, request, pointer), $"ioctl: {label} as {address}");
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle fd, int kind);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeSocketHandle socket, nuint request, byte* argument);
}
