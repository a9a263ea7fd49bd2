using System.Net.Sockets;
using System.Runtime.InteropServices;
using FlexCore.Sandbox.Pipes;
using FlexCore.Sandbox.Probing;
using FlexCore.Sandbox.Spawning;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Network;

/// <summary>
/// Makes sockets in a network namespace for a normal user. He owns the user namespace to which it belongs, and so has every
/// capability there; but only a process of a single thread can enter a user namespace, which no .NET process is. A small
/// program goes in his place and passes the sockets back.
/// </summary>
internal static partial class ForeignSockets
{
    private const string Program = """
        import socket, sys
        made = [socket.socket() for _ in range(int(sys.argv[1]))]
        socket.send_fds(socket.socket(fileno=0), [b"."], [one.fileno() for one in made])
        """;

    private const int UserNamespaceDescriptor = 3;
    private const int NetworkNamespaceDescriptor = 4;

    private const nuint NS_GET_USERNS = 0xB701;
    private const int AF_UNIX = 1;
    private const int SOCK_STREAM = 1;
    private const int SOCK_CLOEXEC = 0x80000;
    private const int SOL_SOCKET = 1;
    private const int SCM_RIGHTS = 1;
    private const int MSG_CMSG_CLOEXEC = 0x4000_0000;
    private const int ControlHeaderSize = 16;

    /// <summary>Whether the programs that this needs are there.</summary>
    public static bool IsAvailable => Programs.Find("/usr/bin/nsenter") is not null && Programs.Find("/usr/bin/python3") is not null;

    public static async Task<IReadOnlyList<Socket>> CreateAsync(SafeFileHandle networkNamespace, int count)
    {
        if (Programs.Find("/usr/bin/nsenter") is not { } nsenter || Programs.Find("/usr/bin/python3") is not { } python)
        {
            throw new SandboxUnavailableException("A normal user's plugin can be given network only with the help of nsenter and python3.", Remedies.NetworkGrants);
        }

        using var userNamespace = new SafeFileHandle(Ioctl(networkNamespace, NS_GET_USERNS), ownsHandle: true);
        if (userNamespace.IsInvalid) throw Libc.LastError("ioctl(NS_GET_USERNS)");
        var (ours, childs) = CreatePair();
        using (ours)
        {
            ChildProcess child;
            using (childs)
            using (var nothing = File.OpenHandle("/dev/null", access: FileAccess.ReadWrite))
            {
                string[] command =
                [
                    nsenter, $"--user=/proc/self/fd/{UserNamespaceDescriptor}", $"--net=/proc/self/fd/{NetworkNamespaceDescriptor}", "--preserve-credentials", "--",
                    python, "-I", "-S", "-c", Program, $"{count}",
                ];
                InheritedDescriptor[] descriptors =
                    [new(childs, 0), new(nothing, 1), new(nothing, 2), new(userNamespace, UserNamespaceDescriptor), new(networkNamespace, NetworkNamespaceDescriptor)];
                child = new ChildProcess(await Spawner.StartAsync(command, descriptors).ConfigureAwait(false));
            }

            await Readiness.WhenReadableAsync(ours).ConfigureAwait(false);
            var sockets = Receive(ours, count);
            await child.ReapAsync().ConfigureAwait(false);
            return sockets.Count == count ? sockets : throw new IOException($"{nsenter} or {python} could not make sockets in the sandbox's network namespace");
        }
    }

    /// <summary>Takes the descriptors that came with a byte (unix(7)).</summary>
    private static unsafe List<Socket> Receive(SafeFileHandle socket, int most)
    {
        byte data;
        var controlSize = ControlHeaderSize + (most * sizeof(int));
        var control = stackalloc byte[controlSize];
        var piece = new DataPiece { Start = &data, Length = 1 };
        var message = new Message { Pieces = &piece, PieceCount = 1, Control = control, ControlLength = (nuint)controlSize };
        if (ReceiveMessage(socket, &message, MSG_CMSG_CLOEXEC) <= 0 || message.ControlLength < ControlHeaderSize) return [];

        // struct cmsghdr: its length with the header, level, type.
        var (length, level, type) = (*(nuint*)control, *(int*)(control + 8), *(int*)(control + 12));
        if (level != SOL_SOCKET || type != SCM_RIGHTS) return [];
        var numbers = new ReadOnlySpan<int>(control + ControlHeaderSize, ((int)length - ControlHeaderSize) / sizeof(int));
        var sockets = new List<Socket>();
        foreach (var number in numbers) sockets.Add(new Socket(new SafeSocketHandle(number, ownsHandle: true)));
        return sockets;
    }

    private static unsafe (SafeFileHandle Ours, SafeFileHandle Childs) CreatePair()
    {
        var pair = stackalloc int[2];
        Libc.ThrowIfFailed(SocketPair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), "socketpair");
        return (new SafeFileHandle(pair[0], ownsHandle: true), new SafeFileHandle(pair[1], ownsHandle: true));
    }

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static unsafe partial int SocketPair(int family, int type, int protocol, int* pair);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static unsafe partial nint ReceiveMessage(SafeFileHandle socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle fd, nuint request);

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct DataPiece
    {
        public byte* Start;
        public nuint Length;
    }

    /// <summary>struct msghdr of 64-bit systems.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Message
    {
        public void* Name;
        public uint NameLength;
        public DataPiece* Pieces;
        public nuint PieceCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
