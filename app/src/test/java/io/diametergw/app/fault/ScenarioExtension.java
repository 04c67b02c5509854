package io.diametergw.app.fault;

import io.diametergw.app.process.NetworkNamespace;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Gives each test of a {@link Scenario} its {@link FaultSite} and ends it, whatever happened. */
final class ScenarioExtension
    implements ExecutionCondition, ParameterResolver, AfterTestExecutionCallback {
  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(ScenarioExtension.class);

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    var scenario = scenarioOf(context);
    if (scenario.isEmpty() || !scenario.get().namespaces() || !NetworkNamespace.areSwitchedOff()) {
      return ConditionEvaluationResult.enabled("runs");
    }
    String why = "not run: namespaces not permitted";
    Results.write(scenario.get(), why);
    return ConditionEvaluationResult.disabled(why);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == FaultSite.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    var scenario = scenarioOf(context).orElseThrow();
    return context
        .getStore(STORE)
        .computeIfAbsent(FaultSite.class, _ -> new FaultSite(scenario), FaultSite.class);
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    var site = context.getStore(STORE).remove(FaultSite.class, FaultSite.class);
    if (site != null) {
      site.end(context.getExecutionException().orElse(null));
    }
  }

  private static Optional<Scenario> scenarioOf(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getElement(), Scenario.class)
        .or(() -> AnnotationSupport.findAnnotation(context.getTestClass(), Scenario.class));
  }
}
