namespace FlexCore.Application.Settings;

/// <summary>Says when files that are looked at from time to time have changed and come to rest: while they are written, or only some of them are replaced, they look different each time.</summary>
/// <param name="taken">How they looked when they were taken; null where they could not be read.</param>
public sealed class FileChanges(byte[]? taken)
{
    /// <summary>How long to wait between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private byte[]? _taken = taken;
    private byte[]? _before = taken;

    /// <summary>Tells how they look now.</summary>
    /// <returns>Whether they are to be taken: they look as they did the last time, and otherwise than when they were taken.</returns>
    public bool AreToBeTaken(byte[]? now)
    {
        var (isAtRest, isNew) = (now.AsSpan().SequenceEqual(_before), !now.AsSpan().SequenceEqual(_taken));
        _before = now;
        if (!isAtRest || !isNew) return false;
        _taken = now;
        return true;
    }
}
