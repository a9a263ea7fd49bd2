using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Secrets;

namespace FlexCore.Infrastructure.Tests.Secrets;

public sealed class FileSecretsTests : IDisposable
{
    private readonly DataFolder _data = new();

    private FileSecrets Secrets => new(Folder);

    private string Folder => Path.Combine(_data.Path, "mounted");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public FileSecretsTests() => Directory.CreateDirectory(Folder);

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("value", "value")]
    [InlineData("value\n", "value")]
    [InlineData("value\n\n", "value\n")]
    [InlineData(" value\r\n", " value\r")]
    public async Task Value_is_what_is_in_the_file_but_for_one_newline_at_its_end(string content, string value)
    {
        Write("api_key", content);

        (await Secrets.FindAsync("api_key", Token)).Value.ShouldBe(value);
    }

    [Fact]
    public async Task Mount_of_Kubernetes_with_its_links_is_read_before_and_after_it_is_replaced()
    {
        Write("..2026_01/api_key", "old value");
        File.CreateSymbolicLink(Path.Combine(Folder, "..data"), "..2026_01");
        File.CreateSymbolicLink(Path.Combine(Folder, "api_key"), "..data/api_key");
        (await Secrets.FindAsync("api_key", Token)).Value.ShouldBe("old value");

        Write("..2026_02/api_key", "new value");
        File.Delete(Path.Combine(Folder, "..data"));
        File.CreateSymbolicLink(Path.Combine(Folder, "..data"), "..2026_02");

        (await Secrets.FindAsync("api_key", Token)).Value.ShouldBe("new value");
        (await Secrets.ListAsync(Token)).ShouldHaveSingleItem().Name.ShouldBe("api_key");
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("below/../../outside")]
    [InlineData("/proc/self/environ")]
    [InlineData("up/outside")]
    [InlineData("loop")]
    [InlineData("nothing")]
    public async Task Link_that_leads_out_of_the_folder_or_nowhere_is_not_followed(string target)
    {
        await File.WriteAllTextAsync(Path.Combine(_data.Path, "outside"), "another file of the host", Token);
        Directory.CreateDirectory(Path.Combine(Folder, "below"));
        File.CreateSymbolicLink(Path.Combine(Folder, "up"), "..");
        File.CreateSymbolicLink(Path.Combine(Folder, "loop"), "loop");
        File.CreateSymbolicLink(Path.Combine(Folder, "api_key"), target);

        (await Secrets.FindAsync("api_key", Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.SecretMissing);
        (await Secrets.ListAsync(Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Folder_itself_may_be_reached_by_a_link()
    {
        Write("api_key", "value");
        File.CreateSymbolicLink(Path.Combine(_data.Path, "link"), Folder);

        (await new FileSecrets(Path.Combine(_data.Path, "link")).FindAsync("api_key", Token)).Value.ShouldBe("value");
    }

    [Fact]
    public async Task List_has_the_files_whose_names_are_those_of_secrets()
    {
        Write("b", "value");
        Write("a_key", "value");
        Write("NOT_ONE", "value");
        Write(".hidden", "value");
        Directory.CreateDirectory(Path.Combine(Folder, "folder"));

        var secrets = await Secrets.ListAsync(Token);

        secrets.Select(secret => secret.Name).ShouldBe(["a_key", "b"]);
        secrets.ShouldAllBe(secret => secret.SetAt != null);
    }

    [Theory]
    [InlineData("abc\n", "has fewer than 4 characters")]
    [InlineData("", "has fewer than 4 characters")]
    [InlineData("ab\0cd", "contains a NUL character")]
    [InlineData("    \n", "is nothing but white space")]
    public async Task Value_that_cannot_be_one_is_refused_by_its_file(string content, string why)
    {
        Write("api_key", content);

        var error = (await Secrets.FindAsync("api_key", Token)).Errors.ShouldHaveSingleItem();

        error.Code.ShouldBe(ErrorCodes.SecretUnusable);
        error.Message.ShouldStartWith($"the value of secret api_key, the file {Folder}/api_key, {why}");
    }

    [Fact]
    public async Task Value_that_is_too_long_or_no_text_is_refused()
    {
        await File.WriteAllBytesAsync(Path.Combine(Folder, "long"), new byte[64 * 1024 + 2], Token);
        await File.WriteAllBytesAsync(Path.Combine(Folder, "binary"), [0x61, 0x62, 0xFF, 0xFE, 0x63], Token);

        foreach (var (name, why) in new[] { ("long", "is longer than 64 KiB"), ("binary", "is not UTF-8") })
        {
            var error = (await Secrets.FindAsync(name, Token)).Errors.ShouldHaveSingleItem();
            error.Code.ShouldBe(ErrorCodes.SecretUnusable);
            error.Message.ShouldEndWith(why);
        }
    }

    [Fact]
    public async Task Folder_that_is_not_there_is_named()
    {
        FileSecrets secrets = new("/nowhere/secrets");

        (await secrets.FindAsync("api_key", Token)).Errors.ShouldHaveSingleItem().Remedy.ShouldBe("Put the value into the file /nowhere/secrets/api_key.");
        (await Should.ThrowAsync<FlexCoreException>(async () => await secrets.ListAsync(Token))).Error.Message.ShouldStartWith("the folder /nowhere/secrets with the secrets cannot be read");
    }

    private void Write(string name, string content)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
