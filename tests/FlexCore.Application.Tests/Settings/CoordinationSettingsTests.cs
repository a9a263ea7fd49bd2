using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Settings;

public sealed class CoordinationSettingsTests
{
    private const string Server = "store.kind=postgres store.connection=Host=db ";

    [Theory]
    [InlineData("", CoordinationKind.Local)]
    [InlineData("coordination=local", CoordinationKind.Local)]
    [InlineData(Server, CoordinationKind.Postgres)]
    [InlineData(Server + "coordination.kind=postgres", CoordinationKind.Postgres)]
    [InlineData(Server + "coordination=redis coordination.connection=redis:6379", CoordinationKind.Redis)]
    [InlineData(Server + "coordination.kind=Redis coordination.connection=redis:6379", CoordinationKind.Redis)]
    public void Store_decides_where_nothing_is_said(string settings, CoordinationKind kind) => Read(settings).Value.Coordination.Kind.ShouldBe(kind);

    [Theory]
    [InlineData("coordination=zookeeper", "'coordination' must be one of: local, postgres, redis")]
    [InlineData("coordination.server=redis", "'coordination.server' is not a known setting; known: coordination.kind, coordination.connection")]
    [InlineData("coordination=redis coordination.connection=redis:6379", "coordination is redis, which is for several machines, and the store is a file of one")]
    [InlineData("coordination=postgres", "coordination is postgres, which does not go with this store")]
    [InlineData(Server + "coordination=local", "coordination is local, which does not go with this store")]
    [InlineData(Server + "coordination=redis", "'coordination.connection' is missing: coordination is redis")]
    public void What_cannot_be_is_refused(string settings, string expected) => Read(settings).Errors.ShouldHaveSingleItem().Message.ShouldBe(expected);

    [Fact]
    public void Connection_with_its_password_is_not_in_its_text() =>
        $"{Read(Server + "coordination=redis coordination.connection=redis,password=hidden").Value.Coordination}".ShouldBe("Redis");

    private static Result<ProjectSettings> Read(string settings) => ProjectSettings.Read(
        [.. settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=', 2)).Select(setting => new Setting(setting[0], setting[1], setting[0]))]);
}
