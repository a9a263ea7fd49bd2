using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Settings;

public sealed class EnvironmentSettingsTests
{
    private static readonly Setting[] OnServer = [Written("store.kind", "postgres"), Written("store.connection", "Host=db")];

    [Fact]
    public void Settings_of_an_environment_win_over_the_usual_ones_and_lose_to_variables()
    {
        var file = EnvironmentSettings.Choose([Written("limits.processes", "2"), Written("limits.files", "20"), Written("environments.prod.limits.processes", "5"), Written("environments.prod.limits.files", "50")], "prod", "flexcore.yaml").Value;

        var limits = ProjectSettings.Read([.. file, new Setting("limits.files", "500", "FLEXCORE__LIMITS__FILES")], "prod").Value.Limits;

        (limits.Processes, limits.OpenFiles).ShouldBe((5, 500));
    }

    [Fact]
    public void Settings_of_an_environment_do_not_hold_without_it() =>
        EnvironmentSettings.Choose([Written("environments.prod.limits.processes", "5")], null, "flexcore.yaml").Value.ShouldBeEmpty();

    [Fact]
    public void Unknown_environment_is_one_error_that_names_those_there_are()
    {
        var error = EnvironmentSettings.Choose([Written("environments.prod", ""), Written("environments.dev", "")], "prdo", "flexcore.yaml").Errors.ShouldHaveSingleItem();

        (error.Code, error.Message).ShouldBe((ErrorCodes.NotFound, "there is no environment 'prdo' in flexcore.yaml; there are: dev, prod"));
    }

    [Fact]
    public void Mistake_in_an_environment_is_found_whichever_one_is_chosen()
    {
        var errors = EnvironmentSettings.Choose([Written("environments.prod.store.kind", "oracle"), Written("environments.dev", ""), Written("environments.dev.environments.x", ""), Written("environments.Test", "")], "dev", "flexcore.yaml").Errors;

        errors.Select(error => error.Message).ShouldBe(
            ["'Test' is not a valid name of an environment", "'environments.prod.store.kind' must be one of: sqlite, postgres", "'environments.dev.environments.x' is not a known setting; known are those of: store, coordination, secrets, catalog, files, limits, isolation, queue, workers, bus, circuit_breaker, retention, http, grpc, tls, oidc, metrics, features, log, telemetry, channels, vars"], ignoreOrder: true);
    }

    [Fact]
    public void Environment_on_the_usual_server_has_a_schema_of_its_own()
    {
        Store("prod-eu", Written("environments.prod-eu", "")).Schema.ShouldBe("flexcore_prod_eu");
        Store("prod", Written("store.schema", "etl"), Written("environments.prod", "")).Schema.ShouldBe("etl_prod");
        Store("prod", Written("environments.prod.store.schema", "live")).Schema.ShouldBe("live");
        Store("prod", Written("environments.prod.store.connection", "Host=other")).ShouldSatisfyAllConditions(store => store.Schema.ShouldBe("flexcore"), store => store.Connection.ShouldBe("Host=other"));
    }

    [Fact]
    public void Variable_that_is_set_for_every_environment_mixes_none_of_them()
    {
        var file = EnvironmentSettings.Choose([.. OnServer, Written("environments.prod.store.schema", "live"), Written("environments.prod.store.connection", "Host=other")], "prod", "flexcore.yaml").Value;

        var store = ProjectSettings.Read([.. file, new Setting("store.connection", "Host=third", "V"), new Setting("store.schema", "flexcore", "W")], "prod").Value.Store;

        (store.Connection, store.Schema).ShouldBe(("Host=third", "flexcore_prod"));
    }

    [Theory]
    [InlineData("environments.prod.store.schema", "flexcore", "environments.prod.store.archive", "/srv/a", "prod, the usual one")]
    [InlineData("environments.prod.store.schema", "live", "environments.dev.store.schema", "live", "prod, dev")]
    [InlineData("environments.prod.store.connection", "Host=x", "environments.dev.store.connection", "Host=x", "prod, dev")]
    public void Two_environments_on_one_store_are_refused(string key, string value, string otherKey, string otherValue, string mixed) =>
        EnvironmentSettings.Choose([.. OnServer, Written(key, value), Written(otherKey, otherValue)], null, "flexcore.yaml").Errors
            .ShouldHaveSingleItem().Message.ShouldBe($"these environments have one store, and would mix their state: {mixed}");

    [Fact]
    public void Environment_has_a_folder_of_its_own_in_a_common_archive()
    {
        Store("prod", Written("store.archive", "/srv/archive"), Written("environments.prod", "")).ArchiveFolder.ShouldBe("/srv/archive/prod");
        Store("prod", Written("store.archive", "/srv/archive"), Written("environments.prod.store.archive", "/srv/other")).ArchiveFolder.ShouldBe("/srv/other");
    }

    [Fact]
    public void Schema_that_would_be_too_long_has_to_be_named()
    {
        var name = new string('a', 60);

        var error = ProjectSettings.Read(EnvironmentSettings.Choose([.. OnServer, Written($"environments.{name}", "")], name, "flexcore.yaml").Value, name).Errors.ShouldHaveSingleItem();

        error.Remedy.ShouldBe($"Give the environment {name} a `store.schema` of its own.");
    }

    private static StoreSettings Store(string environment, params Setting[] settings) =>
        ProjectSettings.Read(EnvironmentSettings.Choose([.. OnServer, .. settings], environment, "flexcore.yaml").Value, environment).Value.Store;

    private static Setting Written(string key, string value) => new(key, value, key, new SourceLocation("flexcore.yaml", 1, 1));
}
