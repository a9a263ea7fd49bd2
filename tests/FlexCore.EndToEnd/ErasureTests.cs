using System.Security.Cryptography;
using System.Text;
using FlexCore.EventStore;

namespace FlexCore.EndToEnd;

/// <summary>Personal data that a program has put into the log, and their erasure by the command line.</summary>
public sealed class ErasureTests
{
    private const string Subject = "customer-4711";
    private const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subject_is_erased_on_record_and_again_after_its_key_was_brought_back()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        var key = RandomNumberGenerator.GetBytes(32);
        project.Variables["FLEXCORE__STORE__MASTER_KEY"] = Convert.ToBase64String(key);
        var position = await ProtectAsync(project, key);
        var backup = await File.ReadAllBytesAsync(project.PathOf(".flexcore/flexcore.db-keys"), Token);
        var runs = (await project.FlexCoreAsync("runs", "list")).ShouldExitWith(0).Output;
        (await project.FlexCoreAsync("runs", "totals")).ShouldExitWith(0);

        var erased = (await project.FlexCoreAsync("events", "erase", "--subject", Subject, "--reason", "asked for it, ticket 12", "--json")).ShouldExitWith(0).Json;

        erased.GetProperty("keys_destroyed").GetInt32().ShouldBe(1);
        (await IsErasedAsync(project, key, position)).ShouldBeTrue();
        var recorded = (await project.EventsAsync("--category", "erasure")).ShouldHaveSingleItem();
        recorded.GetProperty("stream").GetString().ShouldBe($"erasure-{erased.GetProperty("erasure").GetString()}");
        (recorded.GetProperty("type").GetString(), recorded.GetProperty("data").GetProperty("reason").GetString(), recorded.GetProperty("data").GetProperty("by").GetString())
            .ShouldBe(("SubjectErased", "asked for it, ticket 12", Environment.UserName));
        recorded.GetProperty("metadata").GetProperty("actor").GetString().ShouldBe(Environment.UserName);
        (await project.FlexCoreAsync("events", "export")).ShouldExitWith(0).Output.ShouldNotContain("4711");
        (await project.FlexCoreAsync("events", "erase", "--subject", Subject, "--reason", "again")).ShouldExitWith(0).Output.ShouldContain("it was erased before, on record in erasure-");

        (await project.FlexCoreAsync("runs", "list")).ShouldExitWith(0).Output.ShouldBe(runs);
        (await project.FlexCoreAsync("runs", "totals")).ShouldExitWith(0);
        (await BuildsAsync(project)).ShouldBe(["execution_history 2 1", "system_metrics 2 1"]);

        await File.WriteAllBytesAsync(project.PathOf(".flexcore/flexcore.db-keys"), backup, Token);
        (await IsErasedAsync(project, key, position)).ShouldBeFalse();
        (await project.FlexCoreAsync("events", "erase", "--again")).ShouldExitWith(0).Output.ShouldContain("1 key destroyed again");
        (await IsErasedAsync(project, key, position)).ShouldBeTrue();
    }

    [Fact]
    public async Task Master_key_is_made_in_the_data_directory_for_its_owner_alone()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);

        (await project.FlexCoreAsync("events", "erase", "--subject", Subject, "--reason", "asked for it")).ShouldExitWith(2).Error.ShouldContain("error[FX1051]");
        var path = project.PathOf(".flexcore/keys/master.key");
        File.GetUnixFileMode(path).ShouldBe(OwnerReadsAndWrites);
        var position = await ProtectAsync(project, await File.ReadAllBytesAsync(path, Token));

        project.Variables["FLEXCORE__STORE__MASTER_KEY"] = Convert.ToBase64String(new byte[32]);
        (await project.FlexCoreAsync("events", "erase", "--subject", Subject, "--reason", "asked for it")).ShouldExitWith(3).Error.ShouldContain("error[FX3020]");
        project.Variables.Clear();
        (await project.FlexCoreAsync("events", "erase", "--subject", Subject, "--reason", "asked for it")).ShouldExitWith(0).Output.ShouldContain("erased: 1 key destroyed");
        (await IsErasedAsync(project, await File.ReadAllBytesAsync(path, Token), position)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("FX1001")]
    [InlineData("FX1001", "--subject", Subject)]
    [InlineData("FX1001", "--reason", "asked for it")]
    [InlineData("FX1001", "--again", "--subject", Subject)]
    [InlineData("FX1001", "--subject", "", "--reason", "asked for it")]
    [InlineData("FX1001", "--subject", Subject, "--reason", " ")]
    [InlineData("FX1051", "--subject", Subject, "--reason", "asked for it")]
    public async Task Bad_usage_and_unknown_subjects_are_refused(string code, params string[] arguments)
    {
        using var project = new TestProject();
        (await project.FlexCoreAsync("db", "migrate")).ShouldExitWith(0);

        (await project.FlexCoreAsync(["events", "erase", .. arguments])).ShouldExitWith(2).Error.ShouldContain($"error[{code}]");
        (await project.EventsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Master_key_that_is_none_or_stands_in_a_file_is_refused_and_not_shown()
    {
        using var project = new TestProject().Write("flexcore.yaml", "store: { master_key: c2VzYW1l }\n");
        var refused = (await project.FlexCoreAsync("db", "status")).ShouldExitWith(2);
        refused.Error.ShouldContain("belongs in the environment (FLEXCORE__STORE__MASTER_KEY), not in a file");
        refused.Error.ShouldNotContain("c2VzYW1l");

        project.Write("flexcore.yaml", "");
        project.Variables["FLEXCORE__STORE__MASTER_KEY"] = "c2VzYW1l";
        refused = (await project.FlexCoreAsync("db", "status")).ShouldExitWith(2);
        refused.Error.ShouldContain("'FLEXCORE__STORE__MASTER_KEY' must be 32 bytes in base64");
        refused.Error.ShouldNotContain("c2VzYW1l");
    }

    private static async Task<long> ProtectAsync(TestProject project, byte[] key)
    {
        await using var store = await OpenAsync(project);
        var item = new EventData(Guid.CreateVersion7(), "CustomerMoved", """{"street":"Sesame Street 1"}"""u8.ToArray(), default);
        var kept = await store.OpenPersonalData(key).ProtectAsync(item, Subject, Token);
        return (await store.AppendAsync(new StreamAppend("customer-1", ExpectedVersion.Any, [kept]), Token)).LastPosition;
    }

    private static async Task<bool> IsErasedAsync(TestProject project, byte[] key, long position)
    {
        await using var store = await OpenAsync(project);
        var recorded = (await store.ReadLogAsync(position - 1, 1, new LogFilter(), Token))[0];
        var text = Encoding.UTF8.GetString((await store.OpenPersonalData(key).RevealAsync(recorded, Token)).Data.Span);
        if (text.StartsWith("""{"$erased":1""", StringComparison.Ordinal)) return true;
        text.ShouldBe("""{"street":"Sesame Street 1"}""");
        return false;
    }

    /// <summary>The tables of projections, how often they were made anew, and whether they serve.</summary>
    private static async Task<List<string>> BuildsAsync(TestProject project)
    {
        await using var store = await OpenAsync(project);
        await using var views = await store.OpenViewsAsync(Token);
        await using var command = views.CreateCommand();
        command.CommandText = "SELECT name || ' ' || generation || ' ' || is_serving FROM projections ORDER BY 1";
        await using var row = await command.ExecuteReaderAsync(Token);
        var builds = new List<string>();
        while (await row.ReadAsync(Token)) builds.Add(row.GetString(0));
        return builds;
    }

    private static async Task<SqliteEventStore> OpenAsync(TestProject project) =>
        await SqliteEventStore.OpenAsync(project.PathOf(".flexcore/flexcore.db"), TimeProvider.System, cancellationToken: Token);
}
