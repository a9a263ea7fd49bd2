using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Secrets;

namespace FlexCore.Infrastructure.Tests.Secrets;

public sealed class LocalSecretsTests : IDisposable
{
    private const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DataFolder _data = new();

    private LocalSecrets Secrets => new(_data.Path, TimeProvider.System);

    private string StorePath => Path.Combine(_data.Path, "secrets.json");

    private string KeyPath => Path.Combine(_data.Path, "keys", "secrets.key");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("hunter2!")]
    [InlineData("-----BEGIN KEY-----\r\nabc\n\n")]
    [InlineData("пароль 🙂 \u0001\"\\")]
    public async Task Secret_is_given_back_as_it_was_set(string value)
    {
        await Secrets.SetAsync("api_key", "another", Token);
        await Secrets.SetAsync("api_key", value, Token);
        await Secrets.SetAsync("token", "other", Token);

        (await Secrets.FindAsync("api_key", Token)).Value.ShouldBe(value);
        (await Secrets.ListAsync(Token)).Select(secret => secret.Name).ShouldBe(["api_key", "token"]);
    }

    [Fact]
    public async Task Files_are_for_their_owner_alone_and_hold_no_value()
    {
        await Secrets.SetAsync("api_key", "correct horse battery staple", Token);

        foreach (var file in Directory.GetFiles(_data.Path, "*", SearchOption.AllDirectories))
        {
            File.GetUnixFileMode(file).ShouldBe(OwnerReadsAndWrites, file);
            var content = await File.ReadAllBytesAsync(file, Token);
            content.AsSpan().IndexOf("horse"u8).ShouldBe(-1, file);
            Encoding.UTF8.GetString(content).ShouldNotContain(Convert.ToBase64String("correct horse"u8)[..16]);
        }

        Directory.GetFiles(_data.Path).Select(file => Path.GetFileName(file)).ShouldBe(["secrets.json", "secrets.json.lock"], ignoreOrder: true);
        File.GetUnixFileMode(Path.GetDirectoryName(KeyPath)!).ShouldBe(OwnerReadsAndWrites | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task One_value_is_never_encrypted_to_the_same_twice()
    {
        await Secrets.SetAsync("a", "the same", Token);
        await Secrets.SetAsync("b", "the same", Token);

        var secrets = JsonNode.Parse(await File.ReadAllBytesAsync(StorePath, Token))!["secrets"]!;
        secrets["a"]!["value"]!.GetValue<string>()[..20].ShouldNotBe(secrets["b"]!["value"]!.GetValue<string>()[..20]);
    }

    [Fact]
    public async Task Looking_makes_nothing()
    {
        (await Secrets.FindAsync("api_key", Token)).Errors.ShouldHaveSingleItem().Remedy.ShouldBe("Set it with `flexcore secrets set api_key`.");
        (await Secrets.ListAsync(Token)).ShouldBeEmpty();
        (await new LocalSecrets(Path.Combine(_data.Path, "not", "there"), TimeProvider.System).ListAsync(Token)).ShouldBeEmpty();

        Directory.GetFileSystemEntries(_data.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task Deleted_secret_is_gone_and_the_others_stay()
    {
        await Secrets.SetAsync("a", "value of a", Token);
        await Secrets.SetAsync("b", "value of b", Token);

        await Secrets.DeleteAsync("a", Token);
        await Secrets.DeleteAsync("a", Token);

        (await Secrets.FindAsync("a", Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.SecretMissing);
        (await Secrets.FindAsync("b", Token)).Value.ShouldBe("value of b");
    }

    /// <summary>Somebody who may write the file but has not the key can neither change a value nor give it another name or time.</summary>
    [Fact]
    public async Task Value_that_was_changed_or_moved_is_found_and_not_used()
    {
        await Secrets.SetAsync("a", "value of a", Token);
        await Secrets.SetAsync("b", "value of b", Token);
        var good = await File.ReadAllTextAsync(StorePath, Token);
        var box = Convert.FromBase64String(JsonNode.Parse(good)!["secrets"]!["a"]!["value"]!.GetValue<string>());

        for (var at = 0; at < box.Length; at++)
        {
            byte[] changed = [.. box];
            changed[at] ^= 1;
            await ChangeAsync(good, a => a["value"] = Convert.ToBase64String(changed));
            await ShouldRefuseAsync("a", "the value of secret a is not what was written");
        }

        foreach (var length in new[] { 0, 1, 27, 28, box.Length - 1 })
        {
            await ChangeAsync(good, a => a["value"] = Convert.ToBase64String(box.AsSpan(0, length)));
            await ShouldRefuseAsync("a", "the value of secret a is not what was written");
        }

        await ChangeAsync(good, a => a["value"] = JsonNode.Parse(good)!["secrets"]!["b"]!["value"]!.GetValue<string>());
        await ShouldRefuseAsync("a", "the value of secret a is not what was written");
        await ChangeAsync(good, a => a["set_at"] = "2020-01-01T00:00:00+00:00");
        await ShouldRefuseAsync("a", "the value of secret a is not what was written");

        (await Secrets.FindAsync("b", Token)).Value.ShouldBe("value of b");
        await Secrets.SetAsync("a", "set again", Token);
        (await Secrets.FindAsync("a", Token)).Value.ShouldBe("set again");
    }

    [Fact]
    public async Task Values_under_another_key_are_told_from_damaged_ones_and_nothing_is_added_to_them()
    {
        await Secrets.SetAsync("a", "value of a", Token);
        var key = await File.ReadAllBytesAsync(KeyPath, Token);

        await File.WriteAllBytesAsync(KeyPath, new byte[32], Token);
        await ShouldRefuseAsync("a", "its values are under another key than keys/secrets.key");
        (await Should.ThrowAsync<FlexCoreException>(Secrets.SetAsync("b", "value of b", Token).AsTask())).Error.Code.ShouldBe(ErrorCodes.SecretsUnreadable);

        await File.WriteAllBytesAsync(KeyPath, key.AsMemory(0, 31), Token);
        await ShouldRefuseAsync("a", "its key, keys/secrets.key, has 31 bytes instead of 32");

        File.Delete(KeyPath);
        await ShouldRefuseAsync("a", "its key, keys/secrets.key, is missing");
        (await Should.ThrowAsync<FlexCoreException>(Secrets.SetAsync("b", "value of b", Token).AsTask())).Error.Code.ShouldBe(ErrorCodes.SecretsUnreadable);
        File.Exists(KeyPath).ShouldBeFalse("a new key must not look like the old one");

        await File.WriteAllBytesAsync(KeyPath, key, Token);
        (await Secrets.FindAsync("a", Token)).Value.ShouldBe("value of a");
    }

    [Fact]
    public async Task Secret_whose_key_is_lost_can_be_deleted_and_then_others_set_under_a_new_one()
    {
        await Secrets.SetAsync("a", "value of a", Token);
        File.Delete(KeyPath);

        (await Secrets.ListAsync(Token)).ShouldHaveSingleItem().Name.ShouldBe("a");
        await Secrets.DeleteAsync("a", Token);
        await Secrets.SetAsync("b", "value of b", Token);

        (await Secrets.FindAsync("b", Token)).Value.ShouldBe("value of b");
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"version":2,"key":"","secrets":{}}""")]
    [InlineData("""{"version":1,"key":"","secrets":null}""")]
    [InlineData("""{"version":1,"key":"","secrets":{"a":null}}""")]
    [InlineData("""{"version":1,"key":"","secrets":{"a":{"set_at":"2020-01-01T00:00:00+00:00"}}}""")]
    [InlineData("""{"version":1,"key":"","secrets":{"a":{"set_at":"2020-01-01T00:00:00+00:00","value":"no base64!"}}}""")]
    [InlineData("""{"version":1,"key":"","secrets":{"../a":{"set_at":"2020-01-01T00:00:00+00:00","value":""}}}""")]
    [InlineData("""{"version":1,"key":"","secrets":{},"secrets":{}}""")]
    public async Task File_that_is_no_store_of_secrets_is_refused_and_not_written_over(string content)
    {
        await File.WriteAllTextAsync(StorePath, content, Token);

        foreach (var doing in new Func<Task>[] { async () => await Secrets.FindAsync("a", Token), async () => await Secrets.ListAsync(Token), async () => await Secrets.SetAsync("a", "value", Token), async () => await Secrets.DeleteAsync("a", Token) })
            (await Should.ThrowAsync<FlexCoreException>(doing)).Error.Code.ShouldBe(ErrorCodes.SecretsUnreadable);
        (await File.ReadAllTextAsync(StorePath, Token)).ShouldBe(content);
    }

    [Fact]
    public async Task File_that_was_cut_anywhere_is_refused()
    {
        await Secrets.SetAsync("a", "value of a", Token);
        var whole = await File.ReadAllBytesAsync(StorePath, Token);

        for (var length = 0; length < whole.Length - 1; length++)
        {
            await File.WriteAllBytesAsync(StorePath, whole.AsMemory(0, length), Token);
            (await Should.ThrowAsync<FlexCoreException>(Secrets.FindAsync("a", Token).AsTask())).Error.Code.ShouldBe(ErrorCodes.SecretsUnreadable);
        }
    }

    [Fact]
    public async Task What_a_killed_process_left_half_written_does_not_matter()
    {
        await Secrets.SetAsync("a", "value of a", Token);
        await File.WriteAllTextAsync(StorePath + ".new", "half a fi", Token);

        (await Secrets.FindAsync("a", Token)).Value.ShouldBe("value of a");
        await Secrets.SetAsync("b", "value of b", Token);

        (await Secrets.FindAsync("b", Token)).Value.ShouldBe("value of b");
        File.Exists(StorePath + ".new").ShouldBeFalse();
    }

    [Fact]
    public async Task Processes_that_set_secrets_at_once_lose_none_and_share_one_key()
    {
        const int Processes = 4;
        const int Each = 25;
        var writers = Enumerable.Range(0, Processes).Select(writer => SecretWriter.StartAsync(_data.Path, $"w{writer}", Each)).ToList();

        foreach (var writer in writers) (await writer).ShouldBe(0);

        var secrets = await Secrets.ListAsync(Token);
        secrets.Count.ShouldBe(Processes * Each);
        foreach (var secret in secrets) (await Secrets.FindAsync(secret.Name, Token)).Value.ShouldBe($"value of {secret.Name}");
    }

    [Fact]
    public async Task Folder_that_cannot_be_written_is_an_unavailable_store() =>
        (await Should.ThrowAsync<FlexCoreException>(new LocalSecrets("/dev/null/data", TimeProvider.System).SetAsync("a", "value", Token).AsTask())).Error.Code.ShouldBe(ErrorCodes.StoreUnavailable);

    private async Task ChangeAsync(string good, Action<JsonNode> change)
    {
        var document = JsonNode.Parse(good)!;
        change(document["secrets"]!["a"]!);
        await File.WriteAllTextAsync(StorePath, document.ToJsonString(), Token);
    }

    private async Task ShouldRefuseAsync(string name, string why)
    {
        var error = (await Should.ThrowAsync<FlexCoreException>(Secrets.FindAsync(name, Token).AsTask())).Error;
        (error.Code, error.Message).ShouldBe((ErrorCodes.SecretsUnreadable, $"the store of secrets {StorePath}: {why}"));
    }
}
