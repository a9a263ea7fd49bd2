using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using FlexCore.Sandbox.Spawning;
using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox.Mounts;

/// <summary>User namespaces that translate one owner on disk to one plugin's uid. Nothing ever runs in them; the kernel takes id mappings of mounts in this form only.</summary>
internal sealed class UserNamespaces(string unsharePath) : IDisposable
{
    private readonly ConcurrentDictionary<Mapping, SafeFileHandle> _cache = new();

    public async Task<SafeFileHandle> GetAsync(uint userId, uint groupId, int pluginId)
    {
        var mapping = new Mapping(userId, groupId, pluginId);
        if (_cache.TryGetValue(mapping, out var known))
        {
            return known;
        }

        var created = await CreateAsync(mapping).ConfigureAwait(false);
        var cached = _cache.GetOrAdd(mapping, created);
        if (!ReferenceEquals(cached, created))
        {
            created.Dispose();
        }

        return cached;
    }

    public void Dispose()
    {
        foreach (var handle in _cache.Values)
        {
            handle.Dispose();
        }
    }

    private async Task<SafeFileHandle> CreateAsync(Mapping mapping)
    {
        var (childInput, input) = Libc.CreatePipe();
        var (output, childOutput) = Libc.CreatePipe();
        using (input)
        using (output)
        {
            int pid;
            using (childInput)
            using (childOutput)
            {
                pid = await Spawner.StartAsync([unsharePath, "--user", "--", "/bin/cat"], [new(childInput, 0), new(childOutput, 1)]).ConfigureAwait(false);
            }

            var child = new ChildProcess(pid);
            try
            {
                return Open(pid, mapping, input, output);
            }
            finally
            {
                child.Kill();
                child.Reap();
            }
        }
    }

    private static unsafe SafeFileHandle Open(int pid, Mapping mapping, SafeFileHandle input, SafeFileHandle output)
    {
        // cat answers only once unshare has made the namespace and executed it.
        byte line = (byte)'\n';
        if (Libc.Write(input, &line, 1) != 1 || Libc.Read(output, &line, 1) != 1)
        {
            throw new IOException("unshare --user failed.");
        }

        File.WriteAllText($"/proc/{pid}/uid_map", $"{mapping.UserId} {mapping.PluginId} 1");
        File.WriteAllText($"/proc/{pid}/gid_map", $"{mapping.GroupId} {mapping.PluginId} 1");
        var handle = Libc.Open($"/proc/{pid}/ns/user", Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        return handle.IsInvalid ? throw Libc.LastError("open a user namespace") : handle;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Mapping(uint UserId, uint GroupId, int PluginId);
}
