using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Settings;

/// <summary>Where files are kept, as <c>flexcore.yaml</c> says it.</summary>
public sealed class FileSettingsTests
{
    [Fact]
    public void Usual_ones_are_in_a_folder_of_the_data_directory() => Read().ShouldBe(FileSettings.Usual);

    [Fact]
    public void Kind_may_stand_alone_or_with_its_details()
    {
        Read(Written("files", "local"), Written("files.path", "/srv/files")).ShouldBe(FileSettings.Usual with { Path = "/srv/files" });
        Read(Written("files.kind", "s3"), Written("files.container", "files"), Written("files.region", "eu-central-1"))
            .ShouldBe(new FileSettings(FilesKind.S3, null, "files", "") { Region = "eu-central-1" });
        Read(Written("files.kind", "azure-blob"), Written("files.container", "files"), Written("files.folder", "team/a/"), Written("files.account", "shop"), Written("files.key", "k"))
            .ShouldBe(new FileSettings(FilesKind.AzureBlob, null, "files", "team/a/") { Account = "shop", Key = "k" });
    }

    [Theory]
    [InlineData("files", "ftp")]
    [InlineData("files.path", "relative")]
    [InlineData("files.container", "Upper")]
    [InlineData("files.folder", "../other")]
    [InlineData("files.folder", "a//b")]
    [InlineData("files.endpoint", "ftp://a")]
    [InlineData("files.account", "a/b")]
    public void Mistake_is_refused(string key, string value) => FileSettings.Refuse(Written(key, value))!.Code.ShouldBe(ErrorCodes.InvalidValue);

    [Fact]
    public void Unknown_key_is_refused() => FileSettings.Refuse(Written("files.bucket", "x"))!.Code.ShouldBe(ErrorCodes.UnknownKey);

    [Theory]
    [InlineData("s3", "files.container, files.region")]
    [InlineData("azure-blob", "files.container, files.account, files.key")]
    public void What_is_missing_is_told_at_once(string kind, string missing) =>
        ProjectSettings.Read([Written("files", kind)]).Errors.Select(error => error.Message.Split('\'')[1]).ShouldBe(missing.Split(", "));

    [Fact]
    public void Key_without_an_account_and_account_without_a_key_are_refused()
    {
        Setting[] s3 = [Written("files.kind", "s3"), Written("files.container", "files"), Written("files.region", "eu-central-1")];
        ProjectSettings.Read([.. s3, Written("files.key", "k")]).Errors.ShouldHaveSingleItem().Message.ShouldContain("files.account");
        ProjectSettings.Read([.. s3, Written("files.account", "a")]).Errors.ShouldHaveSingleItem().Message.ShouldContain("files.key");
    }

    [Fact]
    public void Environment_has_a_folder_of_its_own_in_a_common_place()
    {
        Setting[] s3 = [Written("files.kind", "s3"), Written("files.container", "files"), Written("files.region", "eu-central-1"), Written("files.folder", "shop")];
        FileSettings.Read(s3, "prod").Folder.ShouldBe("shop/prod/");
        FileSettings.Read([.. s3, Written("environments.prod.files.container", "other") with { Key = "files.container", IsOfEnvironment = true }], "prod").Folder.ShouldBe("shop/");
        FileSettings.Read([Written("files.path", "/srv/files")], "prod").Path.ShouldBe("/srv/files/prod");
    }

    private static FileSettings Read(params Setting[] settings) => ProjectSettings.Read(settings).Value.Files;

    private static Setting Written(string key, string value) => new(key, value, key);
}
