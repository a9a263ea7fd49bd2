using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Spawning;

/// <summary>
/// Starts child processes from one thread that never ends. bubblewrap's <c>--die-with-parent</c> is bound to the thread that
/// forked, not to the process; started from a thread pool thread, plugins would be killed when the pool retires that thread.
/// </summary>
internal static class Spawner
{
    private static readonly BlockingCollection<SpawnRequest> Requests = StartThread();

    /// <summary>Starts a program and returns its pid. The handles may be closed once this has returned.</summary>
    public static Task<int> StartAsync(IReadOnlyList<string> command, IReadOnlyList<InheritedDescriptor> descriptors)
    {
        var request = new SpawnRequest(command, descriptors);
        Requests.Add(request);
        return request.Started.Task;
    }

    private static BlockingCollection<SpawnRequest> StartThread()
    {
        var requests = new BlockingCollection<SpawnRequest>();
        new Thread(() =>
        {
            foreach (var request in requests.GetConsumingEnumerable())
            {
                Serve(request);
            }
        })
        {
            Name = "flexcore-spawner",
            IsBackground = true,
        }.Start();
        return requests;
    }

    private static void Serve(SpawnRequest request)
    {
        try
        {
            request.Started.SetResult(PosixSpawn.Start(request.Command, request.Descriptors));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            request.Started.SetException(e);
        }
    }

    private sealed record SpawnRequest(IReadOnlyList<string> Command, IReadOnlyList<InheritedDescriptor> Descriptors)
    {
        public TaskCompletionSource<int> Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>A descriptor of ours and the number under which a child shall have it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct InheritedDescriptor(SafeFileHandle Handle, int Number);
