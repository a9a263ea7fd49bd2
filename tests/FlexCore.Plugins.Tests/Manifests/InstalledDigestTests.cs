using FlexCore.Plugins.Manifests;

namespace FlexCore.Plugins.Tests.Manifests;

public sealed class InstalledDigestTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexcore-installed-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Change_that_hides_behind_the_old_length_and_time_is_noticed(int hours)
    {
        // An hour later what was read has settled, and is not read again while it is as it was.
        var time = new At(TimeProvider.System.GetUtcNow().AddHours(hours));
        var file = Path.Combine(_folder.FullName, "part.py");
        File.WriteAllText(file, "one");
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link"), "part.py");
        var (digest, written) = (InstalledDigest.Of(_folder.FullName, time), File.GetLastWriteTimeUtc(file));
        InstalledDigest.Of(_folder.FullName, time).ShouldBe(digest);
        digest.ShouldBe(PluginFiles.Digest(_folder.FullName));

        File.WriteAllText(file, "two");
        File.SetLastWriteTimeUtc(file, written);
        var changed = InstalledDigest.Of(_folder.FullName, time);
        File.Delete(Path.Combine(_folder.FullName, "link"));
        var without = InstalledDigest.Of(_folder.FullName, time);

        changed.ShouldNotBe(digest);
        without.ShouldNotBe(changed);
        without.ShouldBe(PluginFiles.Digest(_folder.FullName));
    }

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
