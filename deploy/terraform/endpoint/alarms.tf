# alarms.yaml: errors and latency of the endpoint, its instances, and what its model sees.

locals {
  variant = { EndpointName = var.endpoint_name, VariantName = "AllTraffic" }
  own     = { Endpoint = var.endpoint_name }
  percent = "IF(requests > 0, 100 * errors / requests, 0)"
  above   = "GreaterThanThreshold"
  below   = "LessThanThreshold"

  # Of one metric each.
  single = {
    cpu = {
      description = "An instance has little processor time left."
      namespace   = "/aws/sagemaker/Endpoints"
      metric      = "CPUUtilization"
      dimensions  = local.variant
      stat        = "Maximum"
      period      = 60
      operator    = local.above
      threshold   = var.cpu_percent
      periods     = 10
      datapoints  = 8
    }

    memory = {
      description = "An instance has little memory left."
      namespace   = "/aws/sagemaker/Endpoints"
      metric      = "MemoryUtilization"
      dimensions  = local.variant
      stat        = "Maximum"
      period      = 60
      operator    = local.above
      threshold   = var.memory_percent
      periods     = 10
      datapoints  = 8
    }

    "container-latency" = {
      description = "The model itself is slow, without what SageMaker adds."
      namespace   = "SageMakerText"
      metric      = "Latency"
      dimensions  = local.own
      stat        = "p99"
      period      = 60
      operator    = local.above
      threshold   = var.container_milliseconds
      periods     = 5
      datapoints  = 3
    }

    confidence = {
      description = "The model is less sure of its answers than a model should be."
      namespace   = "SageMakerText"
      metric      = "MeanConfidence"
      dimensions  = local.own
      stat        = "Average"
      period      = 900
      operator    = local.below
      threshold   = var.confidence_below
      periods     = 4
      datapoints  = 3
    }

    "unknown-words" = {
      description = "Many words are not in the model's vocabulary, such as those of another language."
      namespace   = "SageMakerText"
      metric      = "UnknownWords"
      dimensions  = local.own
      stat        = "Average"
      period      = 900
      operator    = local.above
      threshold   = var.unknown_words_above
      periods     = 4
      datapoints  = 3
    }

    drift = {
      description = "Texts differ from those the model was trained on."
      namespace   = "SageMakerText"
      metric      = "Drift"
      dimensions  = local.own
      stat        = "Average"
      period      = 900
      operator    = local.above
      threshold   = var.drift_above
      periods     = 4
      datapoints  = 3
    }
  }

  # Computed from several metrics, or in another unit.
  computed = {
    "server-errors" = {
      description = "More requests than usual end in 5xx. The log of the endpoint says why."
      namespace   = "AWS/SageMaker"
      dimensions  = local.variant
      metrics     = { errors = "Invocation5XXErrors", requests = "Invocations" }
      stat        = "Sum"
      id          = "percent"
      label       = "5xx, percent of requests"
      expression  = local.percent
      threshold   = var.server_error_percent
    }

    "client-errors" = {
      description = "More requests than usual are refused with 4xx. The answers say what is wrong with them."
      namespace   = "AWS/SageMaker"
      dimensions  = local.variant
      metrics     = { errors = "Invocation4XXErrors", requests = "Invocations" }
      stat        = "Sum"
      id          = "percent"
      label       = "4xx, percent of requests"
      expression  = local.percent
      threshold   = var.client_error_percent
    }

    "model-latency" = {
      description = "The container answers slowly."
      namespace   = "AWS/SageMaker"
      dimensions  = local.variant
      metrics     = { microseconds = "ModelLatency" }
      stat        = "p99"
      id          = "milliseconds"
      label       = "p99 of ModelLatency, ms"
      expression  = "microseconds / 1000"
      threshold   = var.model_milliseconds
    }

    "overhead-latency" = {
      description = "SageMaker takes long to hand requests on."
      namespace   = "AWS/SageMaker"
      dimensions  = local.variant
      metrics     = { microseconds = "OverheadLatency" }
      stat        = "p99"
      id          = "milliseconds"
      label       = "p99 of OverheadLatency, ms"
      expression  = "microseconds / 1000"
      threshold   = var.overhead_milliseconds
    }

    "record-errors" = {
      description = "More requests than usual fail in the container."
      namespace   = "SageMakerText"
      dimensions  = local.own
      metrics     = { errors = "Errors", requests = "Requests" }
      stat        = "Sum"
      id          = "percent"
      label       = "failed, percent of requests"
      expression  = local.percent
      threshold   = var.record_error_percent
    }
  }
}

resource "aws_sns_topic" "topic" {
  name = "${var.endpoint_name}-alarms"
}

resource "aws_sns_topic_subscription" "subscription" {
  count     = var.email == "" ? 0 : 1
  topic_arn = aws_sns_topic.topic.arn
  protocol  = "email"
  endpoint  = var.email
}

resource "aws_cloudwatch_metric_alarm" "single" {
  for_each = { for name, alarm in local.single : name => alarm if var.metrics == "emf" || alarm.namespace != "SageMakerText" }

  alarm_name          = "${var.endpoint_name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.stat, "p") ? null : each.value.stat
  extended_statistic  = startswith(each.value.stat, "p") ? each.value.stat : null
  period              = each.value.period
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.datapoints
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.topic.arn]
  ok_actions          = [aws_sns_topic.topic.arn]
}

resource "aws_cloudwatch_metric_alarm" "computed" {
  for_each = { for name, alarm in local.computed : name => alarm if var.metrics == "emf" || alarm.namespace != "SageMakerText" }

  alarm_name          = "${var.endpoint_name}-${each.key}"
  alarm_description   = each.value.description
  comparison_operator = local.above
  threshold           = each.value.threshold
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.topic.arn]
  ok_actions          = [aws_sns_topic.topic.arn]

  metric_query {
    id          = each.value.id
    label       = each.value.label
    expression  = each.value.expression
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id = metric_query.key

      metric {
        namespace   = each.value.namespace
        metric_name = metric_query.value
        dimensions  = each.value.dimensions
        stat        = each.value.stat
        period      = 60
      }
    }
  }
}
