using System.Security.Cryptography;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Sync;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>Equal values get equal masks, on whatever node.</summary>
public sealed class MaskKeyTests : IDisposable
{
    private static readonly string Master = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private readonly List<string> _folders = [];

    public void Dispose()
    {
        foreach (var folder in _folders) Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Data_directory_makes_a_key_of_its_own_and_keeps_it()
    {
        var folder = Folder();
        var made = new MaskKey(folder, StoreSettings.Embedded).Read();

        made.Length.ShouldBe(32);
        new MaskKey(folder, StoreSettings.Embedded).Read().ShouldBe(made);
        new MaskKey(Folder(), StoreSettings.Embedded).Read().ShouldNotBe(made);
        File.GetUnixFileMode(Path.Combine(folder, "keys", "mask.key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void Nodes_with_one_master_key_have_one_mask_key_which_is_not_that()
    {
        var settings = Server(("store.master_key", Master));

        var key = new MaskKey(Folder(), settings).Read();

        new MaskKey(Folder(), settings).Read().ShouldBe(key);
        key.ShouldNotBe(Convert.FromBase64String(Master));
    }

    [Fact]
    public void Key_that_a_data_directory_has_already_stays()
    {
        var folder = Folder();
        var made = new MaskKey(folder, StoreSettings.Embedded).Read();

        new MaskKey(folder, Server(("store.master_key", Master))).Read().ShouldBe(made);
    }

    [Fact]
    public void Nodes_on_a_server_without_a_key_that_they_share_are_refused() =>
        Should.Throw<FlexCoreException>(() => new MaskKey(Folder(), Server()).Read()).Error.ShouldSatisfyAllConditions(
            error => error.Code.ShouldBe(ErrorCodes.MissingKey), error => error.Remedy.ShouldContain("FLEXCORE__STORE__MASTER_KEY"));

    private static StoreSettings Server(params (string Key, string Value)[] more) =>
        StoreSettings.Read([.. more.Append(("store.kind", "postgres")).Append(("store.connection", "Host=db")).Select(each => new Setting(each.Item1, each.Item2, "a test", At: null))], environment: null);

    private string Folder()
    {
        _folders.Add(Directory.CreateTempSubdirectory("flexcore-mask-").FullName);
        return _folders[^1];
    }
}
