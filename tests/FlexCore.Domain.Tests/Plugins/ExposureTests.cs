using System.Globalization;
using FlexCore.Domain.Plugins;
using FlexCore.Testing;

namespace FlexCore.Domain.Tests.Plugins;

public sealed class ExposureTests
{
    private static readonly HostPlaces Host = new("/home/me", "/srv/projects/orders");
    private static readonly PluginPinning Pinned = new(IsRegistered: true, IsWritableByAnybody: false);
    private static readonly PluginLimits Limited = new() { Time = TimeSpan.FromHours(1), Cpus = 1, DiskBytes = 1, StdoutBytes = 1 };

    [Fact]
    public void Plugin_with_nothing_granted_and_every_limit_is_safe()
    {
        var report = Of(Grant.None);

        (report.Score, report.Word, report.Exposures.Count).ShouldBe((0.0m, "safe", 0));
    }

    [Theory]
    [InlineData("${config.path}", 20, 30)]
    [InlineData("/home/me", 25, 40)]
    [InlineData("/home", 25, 40)]
    [InlineData("/home/me/.ssh", 25, 40)]
    [InlineData("/home/me/.config/x", 25, 40)]
    [InlineData("/home/me/data", 3, 8)]
    [InlineData("/home/me2/.ssh", 3, 8)]
    [InlineData("/etc", 15, 40)]
    [InlineData("/etc/ssl/x", 15, 40)]
    [InlineData("/usr/local", 15, 40)]
    [InlineData("/srv/projects", 10, 25)]
    [InlineData("/srv/projects/orders", 10, 25)]
    [InlineData("/srv/projects/orders/out", 3, 8)]
    [InlineData("/data", 10, 20)]
    [InlineData("/data/in.csv", 3, 8)]
    public void Path_weighs_by_what_it_holds(string path, int read, int write)
    {
        Of(Grant.None with { Read = [path] }).Tenths.ShouldBe(read);
        Of(Grant.None with { Write = [path] }).Tenths.ShouldBe(write);
    }

    [Theory]
    [InlineData("${config.host}:443", 20)]
    [InlineData("api.example.com:${config.port}", 20)]
    [InlineData("169.254.169.254:80", 30)]
    [InlineData("localhost:5432", 20)]
    [InlineData("127.0.0.2:5432", 20)]
    [InlineData("10.1.2.3:5432", 10)]
    [InlineData("172.31.0.1:1", 10)]
    [InlineData("192.168.1.1:1", 10)]
    [InlineData("172.32.0.1:1", 5)]
    [InlineData("db:5432", 10)]
    [InlineData("db.internal:5432", 10)]
    [InlineData("api.example.com:443", 5)]
    public void Destination_weighs_by_where_it_lies(string destination, int tenths) => Of(Grant.None with { Net = [destination] }).Tenths.ShouldBe(tenths);

    [Fact]
    public void Points_add_up_and_the_heaviest_comes_first()
    {
        var report = ExposureReport.Of(Manifest(new PluginLimits()), new Grant(["/data/in.csv"], ["/data/out"], ["TZ"], ["api.example.com:443"], ["api_key"]), new PluginPinning(false, true), Host);

        report.Exposures.Select(exposure => $"{exposure.Tenths} {exposure.What}").ShouldBe(
        [
            "20 writable files", "8 write /data/out", "8 secret api_key", "5 net api.example.com:443", "5 not registered", "3 read /data/in.csv", "3 env TZ", "2 no time limit", "2 no cpu limit", "2 no disk limit",
            "1 no stdout limit",
        ]);
        (report.Score, report.Word).ShouldBe((5.9m, "medium"));
    }

    [Theory]
    [InlineData(1, "ok")]
    [InlineData(2, "exposed")]
    [InlineData(3, "unsafe")]
    [InlineData(30, "unsafe")]
    public void Score_is_ten_at_most(int homes, string word)
    {
        var report = Of(Grant.None with { Write = [.. Enumerable.Range(0, homes).Select(number => $"/home/me/.{number}")] });

        (report.Score, report.Word).ShouldBe((Math.Min(10.0m, homes * 4.0m), word));
    }

    [Fact]
    public void What_was_fetched_by_an_install_weighs_something_for_each_place_it_came_from() =>
        ExposureReport.Of(Manifest(Limited) with { Install = new PluginInstall(["make"], ["pypi.org:443", "files.example:443"], PluginInstall.UsualLimits) }, Grant.None, Pinned, Host)
            .Exposures.Select(exposure => (exposure.Tenths, exposure.What)).ShouldBe([(3, "install net pypi.org:443"), (3, "install net files.example:443")]);

    [Fact]
    public void Table_in_the_documentation_is_that_of_the_audit()
    {
        var documented = File.ReadLines(Repository.PathOf("docs", "reference", "grants.md")).ToList();

        foreach (var (about, why, tenths) in ExposureTable.Rows)
            documented.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"| {about} | {why} | {tenths / 10m:0.0} |"));
    }

    private static ExposureReport Of(Grant granted) => ExposureReport.Of(Manifest(Limited), granted, Pinned, Host);

    private static PluginManifest Manifest(PluginLimits limits) => new()
    {
        Name = "tap",
        Version = "1",
        Kind = PluginKind.Tap,
        Folder = "/plugins/tap",
        Command = ["sh"],
        Capabilities = Grant.None,
        Limits = limits,
        Digest = "d",
    };
}
