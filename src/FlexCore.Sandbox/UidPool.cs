using Microsoft.Win32.SafeHandles;

namespace FlexCore.Sandbox;

/// <summary>Lends each sandbox a host uid that no other one has, among all runtimes that share the folder. A lease ends with its process.</summary>
internal sealed class UidPool(string folder)
{
    private const int First = 200_000;
    private const int Count = 10_000;

    public UidLease Take()
    {
        Libc.MakeDirectory(folder, Libc.OwnerOnly);
        for (var uid = First; uid < First + Count; uid++)
        {
            var file = Libc.Open(Path.Combine(folder, $"{uid}"), Libc.O_RDWR | Libc.O_CREAT | Libc.O_CLOEXEC, 0x180 /* 0600 */);
            if (!file.IsInvalid && Libc.Flock(file, Libc.LOCK_EX_NB) == 0)
            {
                return new UidLease(uid, file);
            }

            file.Dispose();
        }

        throw new SandboxUnavailableException(
            $"None of the user ids {First} to {First + Count - 1} is free.",
            $"Make sure that root can write to {folder}; or run fewer sandboxes at once.");
    }
}

/// <summary>A uid that is ours until this is disposed.</summary>
internal sealed class UidLease(int uid, SafeFileHandle file) : IDisposable
{
    public int Uid => uid;

    public void Dispose() => file.Dispose();
}
